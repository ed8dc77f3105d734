import AnimoMotion
import Testing

@testable import AnimoDrivers

struct SenderLockTests {
    private let good = TrackerProtocolTests.good(.ifacialmocap)

    private func name(_ outcome: SenderLock<Int>.Outcome) -> String {
        switch outcome {
        case .frame: "frame"
        case .taken: "taken"
        case .refused: "refused"
        case .foreign: "foreign"
        }
    }

    @Test func theFirstSenderOfAFrameIsListenedToUntilItIsSilent() {
        var lock = SenderLock<Int>(TrackerReader(.ifacialmocap))
        var outcomes: [String] = []
        for (sender, datagram, now) in [
            (9, Array("hello".utf8), 0.0), (1, good, 0.1), (2, good, 0.2), (1, good, 1.0), (2, good, 1.9),
            (2, good, 2.01), (1, good, 2.02), (1, good, 3.0), (1, good, 3.02),
        ] {
            outcomes.append(name(lock.take(datagram[...], from: sender, now: now)))
        }
        #expect(
            outcomes == [
                "refused", "frame", "foreign", "frame", "foreign", "frame", "foreign", "foreign", "frame",
            ])
    }

    @Test func datagramsWithoutAFrameDoNotHold() {
        let builder = PacketBuilder(seed: 1)
        let part = builder.osc("/VMC/Ext/Blend/Val", .text("A"), .float(1))
        let apply = builder.osc("/VMC/Ext/Blend/Apply")
        var lock = SenderLock<Int>(TrackerReader(.vmc))
        // Two senders' messages are not mixed, and who only ever sends parts keeps nobody out.
        for _ in 0..<3 { #expect(name(lock.take(part[...], from: 1, now: 0)) == "taken") }
        #expect(name(lock.take(apply[...], from: 2, now: 0)) == "taken")
        #expect(name(lock.take(part[...], from: 2, now: 0)) == "taken")
        #expect(name(lock.take(apply[...], from: 2, now: 0)) == "frame")
        #expect(name(lock.take(apply[...], from: 1, now: 0.5)) == "foreign")
    }

    @Test func manySendersOfPartsAreForgotten() {
        let part = PacketBuilder(seed: 1).osc("/VMC/Ext/Blend/Val", .text("A"), .float(1))
        var lock = SenderLock<Int>(TrackerReader(.vmc))
        for sender in 0..<10_000 { #expect(name(lock.take(part[...], from: sender, now: 0)) == "taken") }
        let apply = PacketBuilder(seed: 1).osc("/VMC/Ext/Blend/Apply")
        var last = lock
        #expect(name(last.take(apply[...], from: 9_999, now: 0)) == "frame")
        // The first one's part is gone: its frame is empty, and so none.
        #expect(name(lock.take(apply[...], from: 0, now: 0)) == "taken")
    }
}
