import AnimoDemo
import AnimoTestSupport
import AnimoWire
import Testing

@Suite struct ClientExampleTests {
    @Test func turnsAHead() async throws {
        let daemon = try await RunningDaemon.start()
        let head = try #require(try DemoSamples.sources(.anime).first)
        var sizes: [UInt32] = []
        try await ClientExample.turnHead(head.png, at: .unix(daemon.socketPath), through: [-10, 0, 10]) {
            sizes.append($0.width)
        }
        #expect(sizes == [256, 256, 256])
        #expect(await daemon.stop() == 0)
    }
}
