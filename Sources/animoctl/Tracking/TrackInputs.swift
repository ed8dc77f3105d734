import AnimoCLI
import AnimoFiles
import AnimoPictures
import AnimoVideo
import AnimoWire
import Foundation

/// A picture to track, with the name that reports give it.
struct NamedPicture: Sendable {
    enum Content: Sendable {
        /// PNG or JPEG, as it came.
        case encoded([UInt8])
        case decoded(Picture)
    }

    let name: String
    let content: Content

    /// The picture as it goes to the daemon, which must get every pixel in its place.
    ///
    /// - Throws: `Failure` 65 where it does not fit a frame.
    func wire(_ fitting: PictureFile.Fitting) throws -> Wire.Picture {
        switch content {
        case .encoded(let bytes):
            return try PictureFile(bytes, crop: .none, fitting: fitting, what: "'\(name)'").wire
        case .decoded(let picture) where picture.pixels.count <= fitting.largest:
            return Wire.Picture(
                format: picture.layout == .rgb ? .rgb8 : .rgba8, data: picture.pixels, width: UInt32(picture.width),
                height: UInt32(picture.height))
        case .decoded(let picture):
            let bytes = try PictureEncoder.encode(picture, as: .png, quality: 95)
            return try PictureFile(bytes, crop: .none, fitting: fitting, what: "'\(name)'").wire
        }
    }

    func decoded() throws -> Picture {
        switch content {
        case .encoded(let bytes): try PictureDecoder.decode(bytes, limits: PictureFile.Fitting.limits)
        case .decoded(let picture): picture
        }
    }
}

/// The arguments of `track`, one picture after the other: pictures, a folder of them, a film, or standard input.
///
/// Blocks while it reads, so it belongs on a thread of its own.
struct TrackInputs {
    /// Files still to come, the next one last.
    private var files: [String]
    private var open: OpenFilm?
    /// Indicates that any of it was a film.
    private(set) var isFilm = false
    /// Frames a second of the film, where it says.
    private(set) var rate: Double?

    private struct OpenFilm {
        let name: String
        let source: FilmSource
        var reader: any DriverReader
        var isAtEnd = false
        /// Frames that the end completed.
        var completed: [StreamDriver] = []
    }

    private static let endings: Set<String> = ["png", "jpg", "jpeg"]

    /// - Throws: `Failure` where an argument cannot be read.
    init(_ arguments: [String]) throws {
        var files: [String] = []
        for argument in arguments {
            guard argument != "-", Folder.exists(argument) else {
                files.append(argument)
                continue
            }
            files += try Self.listed(argument)
        }
        self.files = files.reversed()
    }

    /// The pictures in a folder, by their names.
    ///
    /// - Throws: `Failure` 66 where it cannot be read or has none.
    static func listed(_ folder: String) throws -> [String] {
        guard let all = Folder.names(in: folder) else {
            throw Failure(.notFound, "cannot read '\(folder)': \(String(cString: strerror(errno)))")
        }
        // Names that begin with a dot are macOS's notes about files, and what is meant to be hidden.
        let names = all.filter { !$0.hasPrefix(".") && endings.contains($0.fileEnding) }
        guard !names.isEmpty else {
            throw Failure(.notFound, "'\(folder)': no PNG or JPEG pictures in this folder")
        }
        return names.map { folder.hasSuffix("/") ? folder + $0 : "\(folder)/\($0)" }
    }

    /// The next picture, or nil at the end.
    mutating func next() throws -> NamedPicture? {
        while true {
            if var film = open {
                let driver = try Self.frame(&film)
                if rate == nil { rate = film.reader.framesPerSecond.map { Double($0.frames) / Double($0.seconds) } }
                open = driver == nil ? nil : film
                switch driver {
                case .jpeg(let bytes): return NamedPicture(name: film.name, content: .encoded(bytes))
                case .picture(let picture): return NamedPicture(name: film.name, content: .decoded(picture))
                case .pose?, .motion?, StreamDriver.none?, nil: continue
                }
            }
            guard let file = files.popLast() else { return nil }
            if let picture = try start(file) { return picture }
        }
    }

    /// Opens a file.
    ///
    /// - Returns: nil where it is a film, whose frames are read next.
    private mutating func start(_ file: String) throws -> NamedPicture? {
        let source = try FilmSource(file)
        let beginning = try source.peek(16)
        let name = file == "-" ? "standard input" : file
        func film(_ source: FilmSource, _ reader: any DriverReader) {
            isFilm = true
            open = OpenFilm(name: name, source: source, reader: reader)
        }
        if beginning.starts(with: Array("YUV4MPEG2".utf8)) {
            film(source, PictureFrames(Y4MReader(limits: PictureFile.Fitting.limits)))
            return nil
        }
        switch PictureDecoder.format(of: beginning) {
        case .png?: return NamedPicture(name: name, content: .encoded(try source.rest()))
        case .jpeg? where file != "-" && !file.hasSuffix(".mjpeg") && !file.hasSuffix(".mjpg"):
            return NamedPicture(name: name, content: .encoded(try source.rest()))
        case .jpeg?: film(source, MJPEGFrames())
        default:
            guard file != "-" else {
                throw Failure(
                    .badData, "standard input: expected a PNG or JPEG picture, or a film as Y4M or MJPEG",
                    hint: "ffmpeg -i FILM -f yuv4mpegpipe -pix_fmt yuv444p - | animoctl track -")
            }
            film(try FilmSource(decoding: file), PictureFrames(Y4MReader(limits: PictureFile.Fitting.limits)))
        }
        return nil
    }

    private static func frame(_ film: inout OpenFilm) throws -> StreamDriver? {
        while true {
            do {
                if let driver = try film.reader.next() { return driver }
                if film.isAtEnd { return film.completed.isEmpty ? nil : film.completed.removeFirst() }
                let bytes = try film.source.read()
                if bytes.isEmpty {
                    film.isAtEnd = true
                    try film.source.finish()
                    film.completed = try film.reader.finish()
                    continue
                }
                film.reader.feed(bytes[...])
            } catch let error as PictureError {
                throw Failure(.badData, "'\(film.name)': \(error.message)")
            } catch let error as UnreadableDriver {
                // The frames after it may be good.
                Terminal.note("animoctl: '\(film.name)': \(error.message)")
            }
        }
    }
}
