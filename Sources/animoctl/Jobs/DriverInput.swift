import AnimoCLI
import AnimoFiles
import AnimoJobs
import Foundation

/// Driver of an item, as its path tells.
enum DriverInput: Sendable, Equatable {
    case picture(String)
    case video(String)
    /// A folder of pictures, one frame each.
    case pictures(folder: String, names: [String])
    /// Recorded motion, or lines of poses.
    case recording(String)
    /// JSON, NPY or MAT: one pose or motion, or a sequence of either; several files are one sequence.
    case numbers([String])

    var path: String {
        switch self {
        case .picture(let path), .video(let path), .recording(let path): path
        case .pictures(let folder, _): folder
        case .numbers(let files): files[0]
        }
    }

    var hasPictures: Bool {
        switch self {
        case .picture, .video, .pictures: true
        case .recording, .numbers: false
        }
    }

    /// Whether frames follow each other in it.
    var hasSeveralPictures: Bool { if case .picture = self { false } else { hasPictures } }

    /// Kind of one file, by its ending; files of unknown endings are probed by ffprobe.
    init(file: String) {
        switch FileRole(name: file.split(separator: "/").last.map(String.init) ?? file) {
        case .picture: self = .picture(file)
        case .motion:
            let ending = file.lowercased()
            self = ending.hasSuffix(".jsonl") || ending.hasSuffix(".ndjson") ? .recording(file) : .numbers([file])
        case .video, nil: self = .video(file)
        }
    }

    /// The drivers that `--driving` names: a file, or a folder of videos and recordings, one driver each, or of
    /// pictures, or of poses, one frame each.
    ///
    /// - Throws: `Failure` 66 where there are none.
    static func all(at path: String) throws -> (drivers: [DriverInput], skipped: [String]) {
        guard DurableFile.isFolder(path) else {
            guard path.withPathBytes({ access($0, R_OK) }) == 0 else {
                throw Failure(.notFound, "--driving: cannot read '\(path)': \(String(cString: strerror(errno)))")
            }
            return ([DriverInput(file: path)], [])
        }
        let listing = try FolderListing(path)
        let inputs = listing.files.map { DriverInput(file: path + "/" + $0.name) }
        let films = inputs.filter { input in
            switch input {
            case .video, .recording: true
            case .picture, .pictures, .numbers: false
            }
        }
        let pictures = listing.names(.picture)
        if !films.isEmpty {
            let others = inputs.filter { !films.contains($0) }.map {
                $0.path.split(separator: "/").last.map(String.init) ?? ""
            }
            return (films, listing.skipped + others)
        }
        let poses = listing.names(.motion)
        if !pictures.isEmpty { return ([.pictures(folder: path, names: pictures)], listing.skipped + poses) }
        if !poses.isEmpty { return ([.numbers(poses.map { path + "/" + $0 })], listing.skipped) }
        throw Failure(.notFound, "--driving: '\(path)': no videos, pictures or motion in this folder")
    }
}
