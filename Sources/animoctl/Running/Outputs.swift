import AnimoCLI
import AnimoWire
import ArgumentParser

extension SourceOptions {
    /// nil where no source is named.
    func read() throws -> [UInt8]? { try source.map { try InputFile.read($0, as: "--source") } }
}

extension OutputOptions {
    func validate(_ printing: JSONOptions) throws {
        if output == "-", printing.json {
            throw ValidationError("--output - and --json: both write to standard output, expected one of them")
        }
    }

    func rendering(_ pasting: PasteOptions) throws -> Wire.DrawOptions {
        var options = Wire.DrawOptions(
            format: try OutputFormat(path: output).wire, outOfRange: outOfRange == .refuse ? .refuse : .clamp)
        try ground.apply(to: &options)
        pasting.apply(to: &options, over: ground)
        return options
    }

    /// Writes the picture, then says what there is to say.
    func deliver(_ report: RenderReport, to file: OutputFile, _ printing: JSONOptions) throws {
        guard let picture = report.reply.picture, !picture.data.isEmpty else {
            throw Failure(.software, "the daemon's answer has no picture, expected one")
        }
        try file.write(picture.data)
        report.warn()
        if printing.json {
            try Terminal.print(report.json.pretty)
        } else if Terminal.standardErrorIsTerminal {
            Terminal.note(report.line)
        }
    }
}
