import AnimoDemo
import Foundation

/// The built-in model as a file, whole and damaged in every way that a reload must see.
enum ModelFiles {
    /// Its last weight differs in the lowest bit, so that it is another model; 0 is the built-in one.
    static func whole(_ variant: UInt8 = 0) -> Data {
        var bytes = Data(DemoModel.model)
        bytes[bytes.count - 2] ^= variant & 7
        return bytes
    }

    enum Damage: CaseIterable {
        case truncated, flipped, misshapen, notFinite, missing, linkedToDamaged
    }

    /// Puts a damaged file at `url`, whatever was there.
    static func put(_ damage: Damage, at url: URL) throws {
        try? FileManager.default.removeItem(at: url)
        var bytes = whole(3)
        switch damage {
        case .truncated: bytes = bytes.prefix(bytes.count / 2)
        case .flipped: bytes[9] ^= 0x40
        case .misshapen:
            let header = try replacing("[3,8,7,7]", with: "[8,3,7,7]", in: bytes)
            bytes = header
        case .notFinite: (bytes[bytes.count - 2], bytes[bytes.count - 1]) = (0, 0x7E)
        case .missing: return
        case .linkedToDamaged:
            // Links are followed; what they lead to is checked like any file.
            let target = url.appendingPathExtension("target")
            try bytes.prefix(bytes.count / 2).write(to: target)
            try FileManager.default.createSymbolicLink(at: url, withDestinationURL: target)
            return
        }
        try bytes.write(to: url)
    }

    struct NothingToReplace: Error {}

    private static func replacing(_ text: String, with other: String, in bytes: Data) throws -> Data {
        let spaced = [text, text.replacingOccurrences(of: ",", with: ", ")]
        for (old, new) in zip(spaced, [other, other.replacingOccurrences(of: ",", with: ", ")]) {
            guard let range = bytes.range(of: Data(old.utf8)) else { continue }
            return bytes.replacingCharacters(in: range, with: Data(new.utf8))
        }
        throw NothingToReplace()
    }
}

extension Data {
    fileprivate func replacingCharacters(in range: Range<Index>, with other: Data) -> Data {
        self[..<range.lowerBound] + other + self[range.upperBound...]
    }
}
