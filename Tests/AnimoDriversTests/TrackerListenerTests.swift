import AnimoMotion
import Foundation
import NIOCore
import NIOEmbedded
import NIOPosix
import Synchronization
import Testing

@testable import AnimoDrivers

struct TrackerListenerTests {
    /// A UDP socket of its own.
    private struct Sender {
        let channel: any Channel
        let address: SocketAddress

        init(to port: Int) async throws {
            channel = try await DatagramBootstrap(group: MultiThreadedEventLoopGroup.singleton)
                .bind(host: "127.0.0.1", port: 0).get()
            address = try SocketAddress(ipAddress: "127.0.0.1", port: port)
        }

        func send(_ datagram: [UInt8]) async throws {
            let envelope = AddressedEnvelope(
                remoteAddress: address, data: channel.allocator.buffer(bytes: datagram))
            try await channel.writeAndFlush(envelope)
        }
    }

    /// Datagrams that no protocol knows, or that are broken.
    private static func hostile(_ generator: inout SplitMix64, like good: [UInt8]) -> [UInt8] {
        switch Int.random(in: 0..<4, using: &generator) {
        case 0:
            return (0..<Int.random(in: 1..<200, using: &generator)).map { _ in .random(in: 0...255, using: &generator) }
        case 1: return Array(good.prefix(Int.random(in: 0..<good.count, using: &generator)))
        case 2: return good + (0..<5000).map { UInt8(truncatingIfNeeded: $0) }
        default:
            var bytes = good
            for _ in 0..<8 {
                bytes[Int.random(in: 0..<bytes.count, using: &generator)] = .random(in: 0...255, using: &generator)
            }
            return bytes
        }
    }

    @Test(.timeLimit(.minutes(2)), arguments: TrackerProtocol.allCases)
    func everyGoodDatagramIsReadBesideForeignOnes(_ tracker: TrackerProtocol) async throws {
        let (arrivals, continuation) = AsyncStream<TrackerListener.Arrival>.makeStream()
        let listener = try await TrackerListener.open(.init(tracker: tracker, port: 0, idleTimeout: 3600)) {
            continuation.yield($0)
        }
        let good = try await Sender(to: listener.port)
        let bad = try await Sender(to: listener.port)
        let datagram = TrackerProtocolTests.good(tracker)
        var generator = SplitMix64(state: 12)
        var frames = arrivals.makeAsyncIterator()
        // The first sender of a frame is the one that is listened to.
        try await good.send(datagram)
        #expect(await frames.next()?.frame.isTracking == true)
        for _ in 0..<50 {
            for _ in 0..<20 { try await bad.send(Self.hostile(&generator, like: datagram)) }
            try await good.send(datagram)
            _ = await frames.next()
        }
        let counts = listener.counts
        #expect(counts.frames == 51)
        #expect(counts.foreign == 1000)
        #expect(counts.refused == 0)
        await listener.close()
        try await good.channel.close()
        try await bad.channel.close()
    }

    /// Frames as a handler tells them, each by the yaw that it was sent with, in hundredths of a degree.
    private final class Told: Sendable {
        private let numbers = Mutex<[Int]>([])

        var all: [Int] { numbers.withLock { $0 } }

        func add(_ arrival: TrackerListener.Arrival) {
            let yaw = arrival.frame.inputs[.headYaw] ?? .nan
            numbers.withLock { $0.append(yaw.isFinite ? Int((yaw * 100).rounded()) : -1) }
        }
    }

    /// Datagrams that the kernel dropped, since nobody had read those before them.
    private static func dropped(at port: Int) -> Int {
        let hex = String(port, radix: 16, uppercase: true)
        let own = "0100007F:" + String(repeating: "0", count: 4 - hex.count) + hex
        let table = (try? String(contentsOfFile: "/proc/net/udp", encoding: .utf8)) ?? ""
        let line = table.split(separator: "\n").map { $0.split(separator: " ") }.first { $0.count > 2 && $0[1] == own }
        return line?.last.flatMap { Int($0) } ?? 0
    }

    /// 20,000 hostile datagrams beside 2,000 good ones, nobody waiting for anybody: each good one that the socket
    /// delivers is told, one by one and in order, and all that it delivers are counted.
    @Test(.timeLimit(.minutes(4)), arguments: TrackerProtocol.allCases)
    func everyGoodDatagramOfAFloodIsTold(_ tracker: TrackerProtocol) async throws {
        let (told, counter) = (Told(), DatagramCounter())
        // As a listener has it, but that a frame is told after each datagram and not when none waits.
        let channel = try await DatagramBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .channelOption(.socketOption(.so_rcvbuf), value: 1 << 20)
            .channelOption(.recvAllocator, value: FixedSizeRecvByteBufferAllocator(capacity: 65_536))
            .channelOption(.maxMessagesPerRead, value: 1)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(
                        DatagramHandler(
                            reader: TrackerReader(tracker, face: nil), idleTimeout: 3600, counter: counter,
                            onFrame: { told.add($0) }))
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        let port = try #require(channel.localAddress?.port)
        let good = try await Sender(to: port)
        let bad = try await Sender(to: port)
        let like = TrackerProtocolTests.good(tracker)
        var generator = SplitMix64(state: 14)
        // The first sender of a frame is the one that is listened to.
        try await good.send(TrackerProtocolTests.turned(tracker, 0))
        while counter.counts.frames == 0 { try await Task.sleep(for: .milliseconds(1)) }
        for number in 1...2000 {
            for _ in 0..<10 { try await bad.send(Self.hostile(&generator, like: like)) }
            try await good.send(TrackerProtocolTests.turned(tracker, Double(number) / 100))
        }
        var counts = counter.counts
        var drops = 0
        repeat {
            try await Task.sleep(for: .milliseconds(5))
            (counts, drops) = (counter.counts, Self.dropped(at: port))
        } while counts.frames + counts.parts + counts.refused + counts.foreign + drops < 22_001
        #expect(
            counts.frames + counts.foreign + drops == 22_001 && counts.refused == 0 && counts.parts == 0, "\(counts)")
        let numbers = told.all
        #expect(numbers.count == counts.frames)
        #expect(drops > 0 || numbers == Array(0...2000))
        #expect(
            zip(numbers, numbers.dropFirst()).allSatisfy { $0 < $1 } && numbers.allSatisfy { (0...2000).contains($0) })
        try await channel.close()
        try await good.channel.close()
        try await bad.channel.close()
    }

    @Test func ofFramesThatWaitTheNewestIsTold() throws {
        let (told, counter) = (Told(), DatagramCounter())
        let channel = EmbeddedChannel(
            handler: DatagramHandler(
                reader: TrackerReader(.arkit, face: nil), idleTimeout: 1, counter: counter,
                onFrame: { told.add($0) }))
        let sender = try SocketAddress(ipAddress: "127.0.0.1", port: 9)
        for yaw in [1.0, 2, 3] {
            channel.pipeline.fireChannelRead(
                AddressedEnvelope(
                    remoteAddress: sender, data: ByteBuffer(bytes: TrackerProtocolTests.turned(.arkit, yaw))))
        }
        #expect(told.all.isEmpty)
        for _ in 0..<2 { channel.pipeline.fireChannelReadComplete() }
        #expect(told.all == [300])
        #expect(counter.counts.frames == 3)
    }

    /// A sender whose own datagrams break: each is read or refused, and none is lost or ends the listener.
    @Test(.timeLimit(.minutes(2)), arguments: TrackerProtocol.allCases)
    func everyDatagramOfABrokenSenderIsCounted(_ tracker: TrackerProtocol) async throws {
        let (arrivals, continuation) = AsyncStream<TrackerListener.Arrival>.makeStream()
        let listener = try await TrackerListener.open(.init(tracker: tracker, port: 0, idleTimeout: 3600)) {
            continuation.yield($0)
        }
        let sender = try await Sender(to: listener.port)
        let datagram = TrackerProtocolTests.good(tracker)
        var generator = SplitMix64(state: 13)
        var frames = arrivals.makeAsyncIterator()
        var sent = 0
        for _ in 0..<50 {
            for _ in 0..<10 { try await sender.send(Self.hostile(&generator, like: datagram)) }
            try await sender.send(datagram)
            sent += 11
            // Broken ones may be frames too, and the newest of several alone is told.
            while listener.counts.frames + listener.counts.parts + listener.counts.refused < sent {
                _ = await frames.next()
            }
        }
        let counts = listener.counts
        #expect(counts.frames + counts.parts + counts.refused == sent)
        #expect(counts.frames >= 50 && counts.refused > 0 && counts.foreign == 0, "\(counts)")
        await listener.close()
        try await sender.channel.close()
    }

    @Test(.timeLimit(.minutes(1))) func aPhoneIsAskedUntilItSends() async throws {
        let (requests, asked) = AsyncStream<String>.makeStream()
        let phone = try await DatagramBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(TextHandler { asked.yield($0) })
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        let listener = try await TrackerListener.open(
            .init(
                tracker: .facemotion3d, port: 0, phone: "127.0.0.1",
                phonePort: try #require(phone.localAddress?.port))
        ) { _ in }
        var iterator = requests.makeAsyncIterator()
        #expect(await iterator.next() == "FACEMOTION3D_OtherStreaming")
        #expect(await iterator.next() == "FACEMOTION3D_OtherStreaming")
        await listener.close()
        try await phone.close()
    }
}

/// Tells the text of datagrams.
private final class TextHandler: ChannelInboundHandler {
    typealias InboundIn = AddressedEnvelope<ByteBuffer>

    private let tell: @Sendable (String) -> Void

    init(_ tell: @escaping @Sendable (String) -> Void) { self.tell = tell }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        tell(String(buffer: unwrapInboundIn(data).data))
    }
}
