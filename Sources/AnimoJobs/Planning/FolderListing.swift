import AnimoFiles
import Foundation

/// Role of a file in a job, by its name's ending.
package enum FileRole: Sendable, Equatable {
    case picture, video
    /// Motion: a recording, or a sequence of poses or motions.
    case motion

    private static let pictures: Set = ["png", "jpg", "jpeg"]
    private static let videos: Set = [
        "mp4", "mov", "m4v", "mkv", "webm", "avi", "mpg", "mpeg", "ts", "m2ts", "mts", "wmv", "flv", "ogv", "3gp",
        "gif", "y4m", "mjpeg", "mjpg", "mxf",
    ]
    private static let motions: Set = ["jsonl", "ndjson", "json", "npy", "mat"]

    /// - Returns: nil for files that a job ignores.
    package init?(name: String) {
        let ending = name.split(separator: ".").dropFirst().last.map { $0.lowercased() } ?? ""
        if Self.pictures.contains(ending) {
            self = .picture
        } else if Self.videos.contains(ending) {
            self = .video
        } else if Self.motions.contains(ending) {
            self = .motion
        } else {
            return nil
        }
    }
}

/// The files of a folder, not of those within it: in the order of their names, numbers in them compared as numbers;
/// hidden ones are passed over.
package struct FolderListing: Sendable {
    /// Names with their roles.
    package let files: [(name: String, role: FileRole)]
    /// Names of files that a job ignores.
    package let skipped: [String]

    /// - Throws: `notFound` where the folder cannot be read.
    package init(_ path: String) throws(JobError) {
        guard let folder = path.withPathBytes({ opendir($0) }) else {
            throw JobError(.notFound, "cannot read the folder '\(path)': \(String(cString: strerror(errno)))")
        }
        defer { closedir(folder) }
        var names: [String] = []
        while let entry = readdir(folder) {
            let name = withUnsafeBytes(of: &entry.pointee.d_name) { String(pathBytes: $0.prefix { $0 != 0 }) }
            guard !name.hasPrefix(".") else { continue }
            var information = stat()
            guard (path + "/" + name).withPathBytes({ stat($0, &information) }) == 0,
                information.st_mode & S_IFMT == S_IFREG
            else { continue }
            names.append(name)
        }
        names.sort(by: Self.precedes)
        files = names.compactMap { name in FileRole(name: name).map { (name, $0) } }
        skipped = names.filter { FileRole(name: $0) == nil }
    }

    /// Names of one role.
    package func names(_ role: FileRole) -> [String] { files.filter { $0.role == role }.map(\.name) }

    /// Whether one name comes before another: runs of digits by their value, the rest by scalar, case folded first.
    package static func precedes(_ a: String, _ b: String) -> Bool {
        let (left, right) = (pieces(a.lowercased()), pieces(b.lowercased()))
        for (x, y) in zip(left, right) where x != y {
            if let m = x.digits, let n = y.digits {
                if m.count != n.count { return m.count < n.count }
                if m != n { return m < n }
                continue  // 01 and 1: decided by the rest, then by the names themselves
            }
            return x.text < y.text
        }
        return left.count != right.count ? left.count < right.count : a < b
    }

    private struct Piece: Equatable {
        let text: String
        /// Without leading zeros; nil for text.
        let digits: String?
    }

    private static func pieces(_ text: String) -> [Piece] {
        var pieces: [Piece] = []
        var run = ""
        var isNumber = false
        func end() {
            guard !run.isEmpty else { return }
            pieces.append(Piece(text: run, digits: isNumber ? String(run.drop { $0 == "0" }) : nil))
            run = ""
        }
        for character in text {
            let isDigit = character.isASCII && character.isNumber
            if isDigit != isNumber { end() }
            isNumber = isDigit
            run.append(character)
        }
        end()
        return pieces
    }
}
