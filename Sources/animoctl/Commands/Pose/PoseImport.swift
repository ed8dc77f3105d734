import AnimoCLI
import AnimoMotion
import ArgumentParser

struct PoseImport: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "import",
        abstract: "Print a MikuMikuDance motion file as recorded motion.",
        discussion: """
            Example:
              animoctl pose import dance.vmd \\
                | animoctl stream --source face.png --source-domain anime --input poses \\
                    --output y4m | ffplay -

            Morphs become channels by the mapping table mmd, neck and head the angles; 30
            frames a second.
            """)

    @Argument(help: ArgumentHelp("The motion file, or - for standard input.", valueName: "file"))
    var file: String

    @Option(help: ArgumentHelp("The mapping table: a built-in one or a file.", valueName: "name|file"))
    var mapping = MappingTable.BuiltIn.mmd.rawValue

    func run() throws {
        let rules = try MappingFile.rules(mapping)
        var mapping = try TrackerMapping(rules)
        let motion = try VMDMotion(parsing: try InputFile.read(file, as: "the motion file"))
        let writer = RecordingWriter(
            .pose, channels: PoseMapping.standardChannels,
            origin: [("input", "vmd"), ("table", rules.name), ("application", "animoctl \(programVersion)")])
        try Terminal.print(writer.header + "\n")
        for index in 0..<motion.frameCount {
            let frame = motion.frame(index)
            let pose = try mapping.pose(frame, by: .mmd)
            try Terminal.print(writer.line(time: frame.time ?? 0, numbers: pose) + "\n")
        }
    }
}
