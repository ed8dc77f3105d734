import AnimoJSON

/// Content of `job.json`: what was asked for, what is done. Read from a disk, so every field is checked.
package struct JobState: Sendable, Equatable {
    /// Progress of an item, in the words of the file.
    package enum Stage: String, Sendable, CaseIterable {
        case pending, reading
        case rendering = "drawing"
        case done, failed
    }

    /// One output.
    package struct Item: Sendable, Equatable {
        /// Path of the source as it was given, from the folder of the command.
        package var source: String
        /// Path of the driver, likewise.
        package var driving: String
        /// Path of the output, likewise.
        package var output: String
        /// SHA-256 of the source, in hexadecimal.
        package var sourceDigest: String
        /// SHA-256 of the driver, in hexadecimal.
        package var drivingDigest: String
        /// Progress of the item.
        package var stage = Stage.pending
        /// Frames; nil before they are counted.
        package var frames: Int?
        /// Exit status that its failure stands for; nil for none.
        package var code: Int?
        /// Words for its failure, or for frames that are missing; nil for neither.
        package var message: String?

        /// Creates one that has not begun.
        package init(source: String, driving: String, output: String, sourceDigest: String, drivingDigest: String) {
            (self.source, self.driving, self.output) = (source, driving, output)
            (self.sourceDigest, self.drivingDigest) = (sourceDigest, drivingDigest)
        }
    }

    /// A driver that was read to its end.
    package struct Reading: Sendable, Equatable {
        /// Frames of it.
        package var frames: Int
        /// Frames without a head.
        package var missing: Int
        /// Reason why not all frames came; nil where all did.
        package var damage: String?

        /// Creates one from its fields.
        package init(frames: Int, missing: Int, damage: String? = nil) {
            (self.frames, self.missing, self.damage) = (frames, missing, damage)
        }
    }

    /// Arguments of the command.
    package var command: [String]
    /// Folder that the command was given in.
    package var folder: String
    /// SHA-256 of the model's file, in hexadecimal.
    package var model: String
    /// Version of the daemon, for people.
    package var daemon: String
    /// Version of ffmpeg; empty where none is needed.
    package var ffmpeg: String
    /// Digest of the options and the files that they name.
    package var settings: String
    /// Threads of the encoder.
    package var threads: Int
    /// The outputs.
    package var items: [Item]
    /// Drivers that were read, by the digest of driver and reading.
    package var readings: [String: Reading] = [:]

    /// Creates one from its fields.
    package init(
        command: [String], folder: String, model: String, daemon: String, ffmpeg: String, settings: String,
        threads: Int, items: [Item]
    ) {
        (self.command, self.folder, self.model, self.daemon) = (command, folder, model, daemon)
        (self.ffmpeg, self.settings, self.threads, self.items) = (ffmpeg, settings, threads, items)
    }

    /// Version of the file's layout; others are refused.
    static let version = 1

    /// JSON text.
    package var text: String {
        var object = JSONObject()
        object["animo_job"] = .integer(Self.version)
        object["command"] = .array(command.map { .string($0) })
        object["folder"] = .string(folder)
        object["model"] = .string(model)
        object["daemon"] = .string(daemon)
        object["ffmpeg"] = .string(ffmpeg)
        object["settings"] = .string(settings)
        object["threads"] = .integer(threads)
        object["items"] = .array(
            items.map { item in
                var object = JSONObject()
                object["source"] = .string(item.source)
                object["driving"] = .string(item.driving)
                object["output"] = .string(item.output)
                object["source_sha256"] = .string(item.sourceDigest)
                object["driving_sha256"] = .string(item.drivingDigest)
                object["state"] = .string(item.stage.rawValue)
                object["frames"] = item.frames.map { .integer($0) }
                object["code"] = item.code.map { .integer($0) }
                object["message"] = item.message.map { .string($0) }
                return .object(object)
            })
        var read = JSONObject()
        for (digest, reading) in readings.sorted(by: { $0.key < $1.key }) {
            var object = JSONObject()
            object["frames"] = .integer(reading.frames)
            object["no_head"] = .integer(reading.missing)
            object["damage"] = reading.damage.map { .string($0) }
            read[digest] = .object(object)
        }
        object["readings"] = .object(read)
        return JSONValue.object(object).text + "\n"
    }

    /// - Throws: `badData`, naming the field.
    package init(parsing bytes: [UInt8]) throws(JobError) {
        let value: JSONValue
        do {
            value = try JSONValue(parsing: bytes)
        } catch {
            throw JobError(.badData, "job.json: \(error)")
        }
        guard let object = value.objectValue else { throw JobError(.badData, "job.json: expected an object") }
        guard object["animo_job"]?.integerValue == Self.version else {
            throw JobError(.badData, "job.json: animo_job: expected version \(Self.version)")
        }
        let fields = Fields(object, "")
        command = try fields.array("command").map { value throws(JobError) in
            guard let text = value.stringValue else { throw JobError(.badData, "job.json: command: expected strings") }
            return text
        }
        folder = try fields.string("folder")
        model = try fields.string("model")
        daemon = try fields.string("daemon")
        ffmpeg = try fields.string("ffmpeg")
        settings = try fields.string("settings")
        threads = try fields.count("threads")
        guard (1...1024).contains(threads) else { throw JobError(.badData, "job.json: threads: expected 1 to 1024") }
        var items: [Item] = []
        for (index, value) in try fields.array("items").enumerated() {
            guard let object = value.objectValue else {
                throw JobError(.badData, "job.json: items[\(index)]: expected an object")
            }
            let fields = Fields(object, "items[\(index)].")
            var item = Item(
                source: try fields.string("source"), driving: try fields.string("driving"),
                output: try fields.string("output"), sourceDigest: try fields.string("source_sha256"),
                drivingDigest: try fields.string("driving_sha256"))
            guard let stage = Stage(rawValue: try fields.string("state")) else {
                throw JobError(.badData, "job.json: items[\(index)].state: unknown")
            }
            item.stage = stage
            item.frames = object["frames"] == nil ? nil : try fields.count("frames")
            item.code = object["code"] == nil ? nil : try fields.count("code")
            item.message = object["message"] == nil ? nil : try fields.string("message")
            items.append(item)
        }
        self.items = items
        guard let read = object["readings"]?.objectValue else {
            throw JobError(.badData, "job.json: readings: expected an object")
        }
        for (digest, value) in read.members {
            guard let object = value.objectValue else {
                throw JobError(.badData, "job.json: readings: expected objects")
            }
            let fields = Fields(object, "readings.")
            readings[digest] = Reading(
                frames: try fields.count("frames"), missing: try fields.count("no_head"),
                damage: object["damage"] == nil ? nil : try fields.string("damage"))
        }
    }

    private struct Fields {
        let object: JSONObject
        let place: String

        init(_ object: JSONObject, _ place: String) { (self.object, self.place) = (object, place) }

        func string(_ name: String) throws(JobError) -> String {
            guard let text = object[name]?.stringValue else {
                throw JobError(.badData, "job.json: \(place)\(name): expected a string")
            }
            return text
        }

        func count(_ name: String) throws(JobError) -> Int {
            guard let number = object[name]?.integerValue, number >= 0, number < 1 << 40 else {
                throw JobError(.badData, "job.json: \(place)\(name): expected a whole number from 0")
            }
            return number
        }

        func array(_ name: String) throws(JobError) -> [JSONValue] {
            guard let items = object[name]?.arrayValue else {
                throw JobError(.badData, "job.json: \(place)\(name): expected an array")
            }
            return items
        }
    }
}
