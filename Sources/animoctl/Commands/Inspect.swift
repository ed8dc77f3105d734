import AnimoModelFile
import ArgumentParser

struct Inspect: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Show the contents of a model file or a checkpoint.",
        discussion: """
            Examples:
              animoctl inspect animo.safetensors
              animoctl inspect animo.safetensors --json | jq .native_size

            A model file is checked as the daemon does it: exit code 65 where it would not
            be loaded.
            """)

    @Argument(help: ArgumentHelp("A model file, or a checkpoint that convert reads.", valueName: "file"))
    var file: String

    @OptionGroup var printing: JSONOptions

    func run() throws {
        let bytes = try InputFile.mapped(file, as: "the file")
        let inspection: ModelInspection
        do {
            inspection = try ModelInspection(inspecting: bytes)
        } catch {
            throw Failure(.badData, "the file: \(error.message)")
        }
        let report = ModelReport(inspection, fileBytes: bytes.count)
        try Terminal.print(printing.json ? try report.json : report.text)
        if let fault = inspection.fault { throw Failure(.badData, "animod would not load it: \(fault)") }
    }
}
