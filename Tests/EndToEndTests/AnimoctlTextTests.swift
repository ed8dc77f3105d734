import AnimoCLI
import AnimoJSON
import AnimoWire
import ArgumentParser
import Testing

@testable import animoctl

@Suite struct AnimoctlTextTests {
    @Test func columnsAreAsWideAsTheyNeedToBe() {
        var table = Table(.left("name"), .right("count"))
        table.add("a", "12345678")
        table.add("longer", "1")
        #expect(table.render() == "name       count\na       12345678\nlonger         1\n")
    }

    @Test(
        arguments: [
            (0.00005, "50 µs"), (0.0042, "4.2 ms"), (0.041, "41 ms"), (1.26, "1.3 s"), (42, "42 s"), (125, "2 min 5 s"),
            (7300, "2 h 1 min"), (180_000, "2 d 2 h"),
        ] as [(Double, String)])
    func timesReadWell(seconds: Double, text: String) {
        #expect(Quantity.seconds(seconds) == text)
    }

    @Test(
        arguments: [(20.0, "20"), (0.35, "0.35"), (-12.5, "-12.5"), (1.0 / 3, "0.3333"), (0, "0"), (1e30, "1e+30")]
            as [(Double, String)]
    )
    func numbersAreAsShortAsTheyCanBe(value: Double, text: String) {
        #expect(Quantity.plain(value) == text)
    }

    @Test func bytesAreInBinaryUnits() {
        #expect(Quantity.bytes(512) == "512 B")
        #expect(Quantity.bytes(4_194_304) == "4.0 MiB")
    }

    @Test func jsonKeepsItsOrderAndListsOfNumbersTheirLine() {
        let value = JSONValue.object(["b": .floats([0.1, 2]), "a": .object(["inner": .bool(true)])])
        #expect(value.pretty == "{\n  \"b\": [0.1, 2],\n  \"a\": {\n    \"inner\": true\n  }\n}\n")
    }

    @Test func whatOthersWroteCannotSteerTheTerminal() {
        #expect(Terminal.printable("a\u{1B}[31mé\u{9B}\n") == "a\\u{1b}[31mé\\u{9b}\\n")
    }

    @Test func whatADaemonDescribesCannotSteerTheTerminal() {
        let words = "a\u{1B}[2J\u{9B}b\r\n"
        let model = Wire.ModelDescription(
            name: words, family: words, channels: [Wire.Channel(name: words, unit: words)], title: words,
            licence: words, drivers: ["pose", words], faceModel: "face " + words)
        let text = Describe.text(Wire.DescribeReply(serverVersion: words, defaultModel: words, models: [model]))
        #expect(text.unicodeScalars.allSatisfy { $0 == "\n" || $0.properties.generalCategory != .control })
        #expect(text.ranges(of: "a\\u{1b}[2J\\u{9b}b\\r\\n").count == 10)
    }

    @Test func anExampleInTheHelpIsLeftAsItStands() {
        func check(_ command: any ParsableCommand.Type) {
            let configuration = command.configuration
            for text in [configuration.discussion, configuration.usage ?? ""] {
                for line in text.split(separator: "\n") {
                    let words = line.drop { $0 == " " }
                    #expect(!words.contains("   "), "\(command._commandName): a line lost its end: \(line)")
                }
            }
            for inner in configuration.subcommands { check(inner) }
        }
        check(Animoctl.self)
    }

    @Test func aDrainingDaemonIsNotSaidToDrainSinceItsStart() {
        let reply = Wire.StatusReply(state: "draining", uptimeSeconds: 329)
        let lines = ShowStatus.text(reply).split(separator: "\n").map { $0.split(separator: " ", maxSplits: 1) }
        #expect(lines.contains { $0.first == "state" && $0.last?.hasSuffix(" draining") == true })
        #expect(lines.contains { $0.first == "uptime" && $0.last?.hasSuffix("5 min 29 s") == true })
        #expect(TopTable(reply, before: nil).text().contains("draining, up 5 min 29 s"))
    }

    @Test func aBarFitsTheTerminal() {
        for width in [20, 40, 80, 200] {
            #expect(ProgressLine.bar("rendering", done: 3, of: 10, width: width).count <= max(width, 24))
        }
        #expect(ProgressLine.bar("d", done: 10, of: 10, width: 14).contains("####"))
    }

    @Test func aPoseIsToldInAFewWords() {
        let names = ["eye_closed_left", "eye_closed_right", "mouth_a", "pitch", "roll", "yaw"]
        #expect(
            PoseWords.short([1, 1, 0.8, 0, 8, -15], names: names) == "yaw -15°, roll 8°, eye closed 1, mouth a 0.8")
        #expect(PoseWords.short([0, 1, 0, 0, 0, 0], names: names) == "eye closed right 1")
        #expect(PoseWords.short([0, 0, 0, 0, 0, 0], names: names) == "neutral")
    }

    @Test func aVerdictNamesEveryStage() {
        let reply = Wire.VerifyReply(
            stages: [
                Wire.VerifyStage(name: "anime.flow", difference: 1e-5, limit: 1e-3, against: "reference"),
                Wire.VerifyStage(name: "vox.output", difference: .nan, limit: 2e-4, against: "golden"),
            ], passed: false)
        let text = Verify.text(reply)
        #expect(text.contains("anime.flow  reference     1.0e-05  1.0e-03  ok"))
        #expect(text.contains("FAIL (exceeds tolerance)"))
        #expect(Verify.json(reply).objectValue?["passed"] == .bool(false))
    }
}
