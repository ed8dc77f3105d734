import AnimoCLI
import AnimoJSON
import AnimoWire
import ArgumentParser

struct Reload: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Let the daemon read its model files again.",
        usage: "animoctl reload [<options>]",
        discussion: """
            Example:
              install -m 644 new.safetensors /var/lib/animod/heads.safetensors
              animoctl reload

            A changed file is checked and warmed before it is served; if one is damaged
            nothing changes, and the exit code is 65 (66 if it is missing). Sessions keep
            the model they began with. SIGHUP to the daemon does the same.
            For the daemon's owner, root and the admin list.
            """)

    @OptionGroup(title: "Daemon") var connection: ConnectionOptions
    @OptionGroup var printing: JSONOptions

    func run() async throws {
        let reply = try await Daemon.with(connection) { daemon in
            ProgressLine.shared.show("reading the models …", force: true)
            defer { ProgressLine.shared.clear() }
            return try await daemon.client.reload(timeout: daemon.timeout)
        }
        try Terminal.print(printing.json ? Self.json(reply).pretty : Self.text(reply))
    }

    static func text(_ reply: Wire.ReloadReply) -> String {
        Table.facts(
            reply.models.map { model in
                (model.name, "\(Quantity.hexadecimal(model.digest.prefix(6)))  \(model.changed ? "new" : "unchanged")")
            })
    }

    static func json(_ reply: Wire.ReloadReply) -> JSONValue {
        .object([
            "models": .array(
                reply.models.map { model in
                    .object([
                        "name": .string(model.name), "digest": .string(Quantity.hexadecimal(model.digest)),
                        "changed": .bool(model.changed),
                    ])
                })
        ])
    }
}
