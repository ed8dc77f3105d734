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
}
