import Testing

@testable import AnimoJSON

@Suite struct JSONValueTests {
    @Test func writesWhatItReads() throws {
        let text = #"{"b": [1, -2.5, 1e3, true, null, "a\"\\\n\u00fc\ud83d\ude00/"], "a": {}}"#
        let value = try JSONValue(parsing: text.utf8)
        #expect(value.objectValue?.names == ["b", "a"])
        #expect(value.objectValue?["b"]?.arrayValue?[5].stringValue == "a\"\\\nü😀/")
        #expect(value.objectValue?["b"]?.arrayValue?[2].integerValue == 1000)
        #expect(try JSONValue(parsing: value.text.utf8) == value)
    }

    @Test(arguments: [
        "", "{", "[1,]", "{\"a\":1,\"a\":2}", "\"\\ud800\"", "\"\\ud800\\u0041\"", "\"\u{1}\"", "01", "1.", "-", "1e",
        "1e999", "nul", "[1] 2", "{\"a\" 1}", "\"\\x\"", "NaN",
    ])
    func refuses(text: String) {
        #expect(throws: JSONError.self) { try JSONValue(parsing: text.utf8) }
    }

    @Test func refusesDeepNesting() {
        let error = #expect(throws: JSONError.self) {
            try JSONValue(parsing: [UInt8](repeating: 0x5b, count: 100_000))
        }
        #expect(error?.code == .tooLarge)
    }

    @Test func refusesWhatIsNotUTF8() {
        #expect(throws: JSONError.self) { try JSONValue(parsing: [0x22, 0xc3, 0x28, 0x22]) }
    }

    @Test func aByteOrderMarkIsSteppedOver() throws {
        #expect(
            try JSONValue(parsing: [0xEF, 0xBB, 0xBF] + Array(#"{"yaw": 5}"#.utf8)).objectValue?["yaw"] == .integer(5))
        #expect(throws: JSONError.self) { try JSONValue(parsing: [0xEF, 0xBB, 0xBF]) }
        #expect(throws: JSONError.self) { try JSONValue(parsing: Array("[1]".utf8) + [0xEF, 0xBB, 0xBF]) }
    }

    @Test(arguments: [
        [0xFF, 0xFE, 0x5B, 0, 0x5D, 0], [0xFE, 0xFF, 0, 0x5B, 0, 0x5D], [0x5B, 0, 0x5D, 0], [0, 0x5B, 0, 0x5D],
    ])
    func otherEncodingsAreNamed(bytes: [UInt8]) {
        let error = #expect(throws: JSONError.self) { try JSONValue(parsing: bytes) }
        #expect(error?.message == "JSON: expected UTF-8, got UTF-16: save it as UTF-8")
    }

    /// Escape codes, line ends and direction marks of strangers reach no terminal.
    @Test func strangersTextIsMadePrintable() throws {
        let text = "a\u{1B}]0;x\u{7}\u{9B}2J\u{202E}b\u{2028}c\r\nd\u{7F} ü 画 👩\u{200D}🎨"
        #expect(
            text.printable == "a\\u{1b}]0;x\\u{7}\\u{9b}2J\\u{202e}b\\u{2028}c\\r\\nd\\u{7f} ü 画 👩\u{200D}🎨")
        #expect("abc\u{1B}".printable(atMost: 2) == "ab…")
        #expect("a\u{1B}\"".quotedForMessage == "\"a\\u{1b}\"\"")
        let json = JSONValue.string(text).text
        #expect(json.unicodeScalars.allSatisfy { $0.value == 0x200D || $0.properties.generalCategory != .format })
        #expect(!json.unicodeScalars.contains { $0.properties.generalCategory == .control })
        #expect(try JSONValue(parsing: Array(json.utf8)).stringValue == text)
        #expect(try JSONValue(parsing: Array(JSONValue.string("\u{E0001}").text.utf8)).stringValue == "\u{E0001}")
    }
}
