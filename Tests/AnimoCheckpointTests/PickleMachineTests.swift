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
        ([0x80, 2, 0x82, 0x2e], "0x82"), ([0x80, 2, 0x28, 0x2e], "more values"),
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

    // MARK: Protocols 0 and 1

    /// As `pickle.dumps(value, 0)` writes them.
    @Test func readsNumbersAndTextsWrittenAsLines() throws {
        let text =
            "(lp0\nI7\naI01\naI00\naL5L\naL-3L\naF0.25\naS'it\\'s \\x41\\n'\np1\naVa\\u00fcb\\u000a\np2\naS\"plain\"\nag1\na"
            + "L119547037146038801333356L\naNa."
        let items = try #require(try Self.value(Array(text.utf8)).listValue)
        #expect(items.count == 12)
        #expect(items[0].integerValue == 7 && items[3].integerValue == 5 && items[4].integerValue == -3)
        if case .bool(true) = items[1], case .bool(false) = items[2] {} else { Issue.record("no truth values") }
        if case .number(let number) = items[5] { #expect(number == 0.25) } else { Issue.record("no number") }
        #expect(items[6].stringValue == "it's A\n" && items[9].stringValue == "it's A\n")
        #expect(items[7].stringValue == "aüb\n" && items[8].stringValue == "plain")
        if case .bigInteger(let bytes) = items[10] {
            #expect(bytes == [0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19])
        } else {
            Issue.record("no large integer")
        }
    }

    @Test func objectsOfOlderProtocolsAreInert() throws {
        let made = try Self.value(
            Array("ccopy_reg\n_reconstructor\n(cargparse\nNamespace\nc__builtin__\nobject\nNtR.".utf8))
        #expect(made.objectValue?.typeName == "argparse.Namespace")
        let instance = try Self.value(Array("(I1\nios\nsystem\n.".utf8))
        #expect(instance.objectValue?.typeName == "os.system" && instance.objectValue?.arguments.count == 1)
        let classed = try Self.value(Array("(cos\nsystem\nI2\no.".utf8))
        #expect(classed.objectValue?.typeName == "os.system" && classed.objectValue?.arguments.count == 1)
        #expect(try Self.value(Array("I4\n2\u{86}.".unicodeScalars.map { UInt8($0.value) })).listValue?.count == 2)
    }

    @Test(arguments: [
        "Ix\n.", "L5x\n.", "Fx\n.", "S'open\n.", "Sbare\n.", "S'\\q'\n.", "V\\u12\n.", "px\n.", "g9\n.", "P('a',{})\n.",
        "I1",
        "o.", "(o.", "2.", "S'\\ud800'\n.",
    ])
    func linesThatAreNoneAreRefused(text: String) {
        #expect(throws: CheckpointError.self) { try Self.value(Array(text.utf8)) }
    }

    /// A state dictionary in both containers, as `torch.save(…, pickle_protocol=0)` and `1` write it.
    @Test(arguments: [0, 1])
    func tensorsOfOlderProtocolsAreRead(protocolNumber: Int) throws {
        let storage =
            protocolNumber == 0
            ? "P('storage', <class 'torch.FloatStorage'>, '0', 'cpu', 8)\n"
            : "(S'storage'\nctorch\nFloatStorage\nS'0'\nS'cpu'\nI8\nNtQ"
        let tensor =
            "ctorch._utils\n_rebuild_tensor_v2\n(\(storage)I2\n(I2\nI3\nt(I3\nI1\ntI00\nccollections\nOrderedDict\n(tRtR"
        let pickle = Array("(dp0\nVplain\np1\n\(tensor)s.".utf8)
        let zip = CheckpointBuilder.zip(pickle, storages: [("0", CheckpointBuilder.first)])
        var legacy = Array("L119547037146038801333356L\n.I1001\n.(dS'little_endian'\nI01\ns.".utf8) + pickle
        legacy += Array("(lS'0'\na.".utf8) + littleEndian(UInt64(8)) + CheckpointBuilder.first
        for bytes in [zip, legacy] {
            let arrays = try CheckpointReader.readEverything(FileBytes(bytes)).arrays
            #expect(try arrays["plain"]?.floats() == [2, 3, 4, 5, 6, 7])
        }
    }
}
