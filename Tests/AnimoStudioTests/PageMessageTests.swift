import AnimoMotion
import NIOCore
import Testing

@testable import AnimoStudio

@Suite struct PageMessageTests {
    @Test func readsWhatThePageSays() throws {
        #expect(
            try PageMessage(text: Array(#"{"op": "pose", "seq": 7, "time": 1.5, "values": {"yaw": -3}}"#.utf8))
                == .pose(head: nil, seq: 7, time: 1.5, ["yaw": -3]))
        let open = try PageMessage(
            text: Array(#"{"op": "open", "head": 2, "domain": "vox", "model": "m", "sample": "vox-1"}"#.utf8))
        #expect(
            open
                == .open(
                    head: 2,
                    .init(model: "m", domain: .vox, picture: .sample("vox-1"), crop: .whole)))
        var frame = ByteBuffer(bytes: [1, 3, 9, 0, 0, 0])
        frame.writeInteger((2.5).bitPattern, endianness: .little)
        frame.writeBytes([0xFF, 0xD8])
        #expect(
            try PageMessage(binary: frame)
                == .frame(
                    .init(seq: 9, time: 2.5, domain: .vox, findsHead: true, byEstimator: false, bytes: [0xFF, 0xD8])))
    }

    @Test(arguments: [
        "", "[]", "{}", #"{"op": 5}"#, #"{"op": "open"}"#, #"{"op": "open", "head": 4, "domain": "vox"}"#,
        #"{"op": "open", "head": -1, "domain": "vox"}"#, #"{"op": "open", "head": 0, "domain": "cats"}"#,
        #"{"op": "pose", "values": {"yaw": "left"}}"#, #"{"op": "close", "head": 1e99}"#,
    ])
    func refusesOtherTextInWords(text: String) {
        let error = #expect(throws: PageMessage.Malformed.self) { try PageMessage(text: Array(text.utf8)) }
        #expect(error?.description.isEmpty == false)
    }

    @Test func everyTruncationOfABinaryMessageIsRefusedOrRead() throws {
        var whole: [UInt8] = [1, 0, 1, 2, 3, 4]
        whole += [UInt8](repeating: 7, count: 8) + [1, 2, 3]
        for length in 0..<whole.count {
            let cut = ByteBuffer(bytes: whole.prefix(length))
            if length < 14 {
                #expect(throws: PageMessage.Malformed.self) { try PageMessage(binary: cut) }
            } else {
                _ = try PageMessage(binary: cut)
            }
        }
        for kind in UInt8.min...UInt8.max where kind != 1 && kind != 2 {
            #expect(throws: PageMessage.Malformed.self) { try PageMessage(binary: ByteBuffer(bytes: [kind, 0])) }
        }
    }
}
