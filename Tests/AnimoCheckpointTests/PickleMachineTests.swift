import Testing

@testable import AnimoCheckpoint

@Suite struct PickleMachineTests {
    static func value(_ bytes: [UInt8]) throws(CheckpointError) -> CheckpointValue {
        try FileBytes(bytes).withUnsafeBytes { (raw) throws(CheckpointError) in
            var machine = PickleMachine(raw)
            let root = try machine.run()
            return try machine.arena.value(root, pickle: raw) { (_) throws(CheckpointError) in
                throw CheckpointError(.malformed, "no storages here")
            }
        }
    }

    static func run(_ build: (inout PickleWriter) -> Void) throws(CheckpointError) -> CheckpointValue {
        var writer = PickleWriter()
        build(&writer)
        return try value(writer.stop())
    }

    @Test func readsPlainValues() throws {
        let value = try Self.run { pickle in
            pickle.op(.mark)
            pickle.op(.none)
            pickle.op(.newTrue)
            pickle.op(.binInt1, [200])
            pickle.op(.binInt2, [0, 1])
            pickle.integer(-5)
            pickle.op(.long1, [9] + [UInt8](repeating: 1, count: 9))
            pickle.op(.long1, [1, 0xff])
            pickle.op(.long1, [0])
            pickle.op(.binFloat, [0x3f, 0xf8, 0, 0, 0, 0, 0, 0])
            pickle.op(.shortBinUnicode, [2, 0xc3, 0xbc])
            pickle.op(.shortBinBytes, [1, 7])
            pickle.op(.tuple)
        }
        let items = try #require(value.listValue)
        #expect(items.count == 11)
        #expect(items[2...4].map(\.integerValue) == [200, 256, -5])
        #expect(items[6].integerValue == -1 && items[7].integerValue == 0)
        #expect(items[9].stringValue == "ü")
        if case .number(let number) = items[8] { #expect(number == 1.5) } else { Issue.record("no number") }
        if case .bigInteger(let bytes) = items[5] { #expect(bytes.count == 9) } else { Issue.record("no integer") }
    }

    @Test func whatItWouldCallStaysInert() throws {
        let value = try Self.run { pickle in
            pickle.global("os", "system")
            pickle.text("touch /tmp/never")
            pickle.op(.tuple1)
            pickle.op(.reduce)
            pickle.op(.emptyDict)
            pickle.text("verbose")
            pickle.op(.newTrue)
            pickle.op(.setItem)
            pickle.op(.build)
        }
        let object = try #require(value.objectValue)
        #expect(object.typeName == "os.system")
        #expect(object.arguments.first?.stringValue == "touch /tmp/never")
        #expect(object.state?["verbose"] != nil)
    }

    @Test func aClassThatIsUsedAsAValueIsInertToo() throws {
        let value = try Self.run { pickle in
            pickle.text("builtins")
            pickle.text("eval")
            pickle.op(.stackGlobal)
            pickle.op(.emptyTuple)
            pickle.op(.newObject)
        }
        #expect(value.objectValue?.typeName == "builtins.eval")
    }

    @Test func aValueThatHoldsItselfEnds() throws {
        let value = try Self.run { pickle in
            pickle.op(.emptyList)
            pickle.op(.binPut, [0])
            pickle.op(.binGet, [0])
            pickle.op(.append)
        }
        #expect(value.listValue?.first?.objectValue?.typeName == "itself")
    }

    @Test func deepNestingIsRefused() {
        for depth in [200, 400_000] {
            let error = #expect(throws: CheckpointError.self) {
                try Self.value(
                    [0x80, 2] + [UInt8](repeating: 0x5d, count: depth) + [UInt8](repeating: 0x61, count: depth - 1) + [
                        0x2e
                    ])
            }
            #expect(error?.code == .tooLarge)
        }
    }

    /// Each list holds the one before twice: 2^n leaves in n operations.
    @Test func doublingBombsAreRefusedByDepth() {
        let error = #expect(throws: CheckpointError.self) {
            try Self.run { pickle in
                pickle.op(.emptyList)
                for level in 0..<200 {
                    pickle.op(.binPut, [UInt8(level)])
                    pickle.op(.binGet, [UInt8(level)])
                    pickle.op(.tuple2)
                }
            }
        }
        #expect(error?.code == .tooLarge)
    }

    @Test func doublingBombsWithinTheDepthCostNothing() throws {
        let value = try Self.run { pickle in
            pickle.op(.emptyList)
            for level in 0..<60 {
                pickle.op(.binPut, [UInt8(level)])
                pickle.op(.binGet, [UInt8(level)])
                pickle.op(.tuple2)
            }
        }
        #expect(value.listValue?.count == 2)
    }

    @Test func totalWorkIsBounded() {
        let error = #expect(throws: CheckpointError.self) {
            try Self.value([0x80, 2] + [UInt8](repeating: 0x4e, count: PickleMachine.workLimit + 1) + [0x2e])
        }
        #expect(error?.code == .tooLarge)
    }

    /// One long list of pairs, made into a dictionary again and again.
    @Test func repeatedWorkIsCharged() {
        let error = #expect(throws: CheckpointError.self) {
            try Self.run { pickle in
                pickle.global("collections", "OrderedDict")
                pickle.op(.binPut, [0])
                pickle.op(.emptyList)
                pickle.op(.mark)
                for _ in 0..<20_000 {
                    pickle.op(.none)
                    pickle.op(.none)
                    pickle.op(.tuple2)
                }
                pickle.op(.appends)
                pickle.op(.tuple1)
                pickle.op(.binPut, [1])
                for _ in 0..<1000 {
                    pickle.op(.binGet, [0])
                    pickle.op(.binGet, [1])
                    pickle.op(.reduce)
                }
            }
        }
        #expect(error?.code == .tooLarge)
    }

    static let faults: [([UInt8], String)] = [
        ([0x80, 2, 0x2e], "more values"), ([0x80, 9, 0x2e], "protocol"), ([0x80, 2, 0x4e], "more bytes"),
        ([0x80, 2, 0x69, 0x2e], "0x69"), ([0x80, 2, 0x28, 0x2e], "more values"),
        ([0x80, 2, 0x68, 4, 0x2e], "memo 4"), ([0x80, 2, 0x4e, 0x4e, 0x52, 0x2e], ""),
        ([0x80, 2, 0x58, 0xff, 0xff, 0xff, 0xff, 0x2e], "more bytes"),
        ([0x80, 2, 0x4e, 0x4e, 0x61, 0x2e], "no list"),
        ([0x80, 2, 0x8b, 0xff, 0xff, 0xff, 0xff, 0x2e], "more bytes"),
        ([0x80, 2, 0x8d, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x2e], "length"),
        ([0x80, 2, 0x4b, 1, 0x4b, 1, 0x93, 0x2e], "string"),
        ([0x80, 2, 0x28, 0x4e, 0x64, 0x2e], "value for each key"),
    ]

    @Test(arguments: faults)
    func refusesInWords(bytes: [UInt8], word: String) {
        do {
            let value = try Self.value(bytes)
            #expect(word.isEmpty && value.objectValue != nil)
        } catch {
            #expect(error.message.contains(word), "\(error.message)")
        }
    }
}
