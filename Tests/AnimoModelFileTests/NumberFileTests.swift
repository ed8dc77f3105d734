import AnimoTestSupport
import Foundation
import Testing

@testable import AnimoModelFile
@testable import AnimoMotion

/// Files of drivers' numbers as estimators and talking-head programs write them.
@Suite struct NumberFileTests {
    /// An NPY file of version 1 whose elements count from `first`.
    static func numpy(_ shape: [Int], from first: Int = 0) -> [UInt8] {
        let sizes = shape.map(String.init).joined(separator: ", ") + (shape.count == 1 ? "," : "")
        let header = "{'descr': '<f4', 'fortran_order': False, 'shape': (\(sizes)), }\n"
        var bytes: [UInt8] = [0x93] + Array("NUMPY".utf8) + [1, 0, UInt8(header.utf8.count), 0] + Array(header.utf8)
        for value in 0..<shape.reduce(1, *) {
            withUnsafeBytes(of: Float(first + value).bitPattern.littleEndian) { bytes += $0 }
        }
        return bytes
    }

    /// A MAT file of version 5 with single-precision variables, each element `1000 · row + column + offset`.
    static func mat(_ variables: [(name: String, rows: Int, columns: Int, offset: Float)]) -> [UInt8] {
        func word(_ value: Int) -> [UInt8] { withUnsafeBytes(of: UInt32(value).littleEndian) { Array($0) } }
        func element(_ type: Int, _ body: [UInt8]) -> [UInt8] {
            word(type) + word(body.count) + body + [UInt8](repeating: 0, count: (8 - body.count % 8) % 8)
        }
        var bytes = Array("MATLAB 5.0 MAT-file".utf8)
        bytes += [UInt8](repeating: 0x20, count: 124 - bytes.count) + [0, 1, UInt8(ascii: "I"), UInt8(ascii: "M")]
        for variable in variables {
            var numbers: [UInt8] = []
            for column in 0..<variable.columns {
                for row in 0..<variable.rows {
                    let value = Float(1000 * row + column) + variable.offset
                    numbers += withUnsafeBytes(of: value.bitPattern.littleEndian) { Array($0) }
                }
            }
            let matrix =
                element(6, word(7) + word(0)) + element(5, word(variable.rows) + word(variable.columns))
                + element(1, Array(variable.name.utf8)) + element(7, numbers)
            bytes += element(14, matrix)
        }
        return bytes
    }

    @Test func theShapeDecidesWhatARowIs() throws {
        #expect(try NumberFile.rows(Self.numpy([70])).map(\.count) == [70])
        #expect(try NumberFile.rows(Self.numpy([1, 70])).map(\.count) == [70])
        #expect(try NumberFile.rows(Self.numpy([70, 1])).map(\.count) == [70])
        #expect(try NumberFile.rows(Self.numpy([3, 70])).map { $0[0] } == [0, 70, 140])
        #expect(try NumberFile.rows(Self.numpy([10, 6])).map(\.count) == [60])
        #expect(try NumberFile.rows(Self.numpy([1, 257])).map(\.count) == [70])
        #expect(throws: PoseError.self) { try NumberFile.rows(Self.numpy([2, 3, 70])) }
        #expect(try NumberFile.rows(Self.numpy([0])).isEmpty)
    }

    /// A window of 27 frames of 73 numbers, by frames or as PyTorch lays it out.
    @Test func aWindowIsTheSameWhicheverWayItLies() throws {
        let byFrames = try DriverFile.numbers(Self.numpy([27, 73]))
        #expect(byFrames == (0..<1971).map(Float.init))
        let turned = try DriverFile.numbers(Self.numpy([1, 73, 27]))
        #expect(turned.count == 1971)
        #expect(turned[0..<3] == [0, 27, 54] && turned[73] == 1 && turned[1970] == 1970)
        let nested =
            "["
            + (0..<27).map { frame in "[\((0..<73).map { "\(73 * frame + $0)" }.joined(separator: ","))]" }
            .joined(separator: ",") + "]"
        #expect(try DriverFile.numbers(Array(nested.utf8)) == byFrames)
        let sequence = #expect(throws: PoseError.self) { try DriverFile.numbers(Self.numpy([27, 70])) }
        #expect(sequence?.message.contains("a sequence of 27 rows of 70") == true)
        #expect(sequence?.message.contains("stream --input motions") == true)
    }

    @Test func pirenderersCoefficientsAreRead() throws {
        let with = try NumberFile.rows(Self.mat([("coeff", 2, 257, 0), ("transform_params", 2, 5, 0.5)]))
        #expect(with.count == 2 && with[0].count == 73)
        #expect(with[0][0] == 80 && with[0][63] == 143 && with[0][64] == 224 && with[0][67] == 254)
        #expect(with[1][0] == 1080 && with[1][70...] == [1002.5, 1003.5, 1004.5])
        #expect(try DriverFile.numbers(Self.mat([("coeff", 1, 257, 0)])).count == 70)
        #expect(throws: PoseError.self) {
            try NumberFile.rows(Self.mat([("coeff", 2, 257, 0), ("transform_params", 1, 5, 0)]))
        }
        #expect(throws: PoseError.self) { try NumberFile.rows(Self.mat([("coeff", 2, 256, 0)])) }
    }

    @Test func sadTalkersCoefficientsAreASequence() throws {
        for columns in [70, 73] {
            let rows = try NumberFile.rows(Self.mat([("coeff_3dmm", 3, columns, 0), ("full_3dmm", 3, 257, 0)]))
            #expect(rows.map(\.count) == [columns, columns, columns] && rows[2][1] == 2001)
        }
        #expect(try DriverFile.numbers(Self.mat([("coeff_3dmm", 1, 70, 0)])).count == 70)
        #expect(throws: PoseError.self) { try DriverFile.numbers(Self.mat([("coeff_3dmm", 2, 70, 0)])) }
    }

    @Test func rowsOfExpressionsAnglesAndTranslationsAreJoined() throws {
        let parts = [("exp", 2, 64, Float(0)), ("angle", 2, 3, 100), ("trans", 2, 3, 200)]
        let rows = try NumberFile.rows(Self.mat(parts))
        #expect(rows.count == 2 && rows[1][63] == 1063 && rows[1][64] == 1100 && rows[1][69] == 1202)
        let error = #expect(throws: PoseError.self) { try NumberFile.rows(Self.mat([("id", 1, 80, 0)])) }
        #expect(error?.message.contains("or coeff (N×257) or coeff_3dmm (N×70, N×73), got \"id\" [1, 80]") == true)
    }

    @Test func jsonMayHoldManyRows() throws {
        let row = "[" + (0..<70).map(String.init).joined(separator: ",") + "]"
        for text in [
            "[\(row), \(row)]", "[{\"motion\": \(row)}, {\"motion\": \(row)}]", "{\"motions\": [\(row), \(row)]}",
        ] {
            #expect(try NumberFile.rows([0xEF, 0xBB, 0xBF] + Array(text.utf8)).map(\.count) == [70, 70])
        }
        for text in ["[[1, 2], [3]]", "[[1, \"x\"]]", "{\"a\": 1}", "7", "[1, [2]]", "[[1], 2]"] {
            #expect(throws: PoseError.self, "\(text)") { try NumberFile.rows(Array(text.utf8)) }
        }
    }

    @Test(arguments: [
        ([0x80, 4, 0x95, 0, 0, 0], "a Python pickle: save its numbers alone"),
        ([0x50, 0x4B, 3, 4, 0, 0], "a ZIP archive: if it is a NumPy archive (.npz)"),
        (Array("<html>".utf8), "a web page (HTML): a download page was saved"),
        (
            [0, 0, 0, 0, 1, 0, 0, 0, 64, 0, 0, 0, 0, 0, 0, 0, 4, 0, 0, 0] + Array("exp\0".utf8) + [0],
            "a MATLAB file of version 4: save it as version 5"
        ), ([0xFF, 0xFE, 0x5B, 0], "UTF-16 text: save it as UTF-8"),
    ])
    func otherFilesAreNamed(bytes: [UInt8], words: String) {
        let error = #expect(throws: PoseError.self) { try NumberFile.rows(bytes) }
        #expect(error?.message.contains(words) == true, "\(error?.message ?? "")")
    }

    @Test(.enabled(if: Fixtures.url("field") != nil, "needs ../shared/fixtures/field"))
    func filesOfTheFieldAreReadOrNamed() throws {
        func bytes(_ name: String) throws -> [UInt8] {
            [UInt8](try Data(contentsOf: try #require(Fixtures.url("field/\(name)"))))
        }
        #expect(try DriverFile.numbers(bytes("pirender-coeff-1x257.mat")).count == 73)
        #expect(try NumberFile.rows(bytes("sadtalker-coeff_3dmm.mat")).map(\.count) == [Int](repeating: 70, count: 30))
        for (name, words) in [
            ("driving.pkl", "a Python pickle"), ("v4.mat", "version 4"), ("motion.npz", "NumPy archive"),
        ] {
            let file = try bytes(name)
            let error = #expect(throws: PoseError.self) { try NumberFile.rows(file) }
            #expect(error?.message.contains(words) == true, "\(error?.message ?? "")")
        }
    }
}
