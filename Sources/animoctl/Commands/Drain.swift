import AnimoCLI
import AnimoJSON
import AnimoWire
import ArgumentParser

struct Drain: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Let the daemon finish its work and accept no more.",
        usage: "animoctl drain [--undo] [--no-wait] [<options>]",
        discussion: """
            Examples:
              animoctl drain && systemctl restart animod
              animoctl drain --undo

            Health turns to not serving and the agent check to drain, so that a balancer
            sends its callers elsewhere; sessions are told. Waits until nothing is left.
            For the daemon's owner, root and the admin list.
            """)

    @Flag(help: "Accept work again.")
    var undo = false

    @Flag(inversion: .prefixedNo, help: "Wait until no call is in flight.")
    var wait = true

    @OptionGroup(title: "Daemon") var connection: ConnectionOptions
    @OptionGroup var printing: JSONOptions

    func run() async throws {
        let reply = try await Daemon.with(connection) { daemon in
            var reply = try await daemon.client.drain(resume: undo, timeout: daemon.timeout)
            defer { ProgressLine.shared.clear() }
            while wait, !undo, reply.calls > 0 {
                ProgressLine.shared.show("\(Quantity.count(Int(reply.calls), "call")) left …")
                try await Task.sleep(for: .milliseconds(200))
                reply = try await daemon.client.drain(timeout: daemon.timeout)
            }
            return reply
        }
        try Terminal.print(printing.json ? Self.json(reply).pretty : Self.text(reply))
    }

    static func text(_ reply: Wire.DrainReply) -> String {
        "\(reply.state), \(Quantity.count(Int(reply.calls), "call")) in flight\n"
    }

    static func json(_ reply: Wire.DrainReply) -> JSONValue {
        .object(["state": .string(reply.state), "calls": .count(reply.calls)])
    }
}
