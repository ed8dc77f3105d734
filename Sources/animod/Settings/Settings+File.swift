import AnimoCLI
import AnimoCheckpoint
import AnimoJSON
import AnimoMotion

/// The JSON file. An unknown key, a key given twice, a value of another kind or out of range is an error.
extension Settings {
    /// The longest file that is read, in bytes.
    private static let fileLimit = 1 << 20

    init(file path: String) throws {
        let bytes: [UInt8]
        do {
            let file = try FileBytes(reading: path)
            guard file.count <= Self.fileLimit else {
                throw StartFailure(
                    .configuration,
                    "configuration: '\(path)': expected at most \(Self.fileLimit) bytes, got \(file.count)")
            }
            bytes = file.withUnsafeBytes { Array($0) }
        } catch let failure as StartFailure {
            throw failure
        } catch {
            throw StartFailure(.notFound, "configuration: '\(path)' cannot be read: \(error)")
        }
        let value: JSONValue
        do {
            value = try JSONValue(parsing: bytes)
        } catch {
            throw StartFailure(.configuration, "configuration: '\(path)': expected a JSON object: \(error.message)")
        }
        guard case .object(let object) = value else {
            throw StartFailure(.configuration, "configuration: '\(path)': expected a JSON object, got \(value.kind)")
        }
        var draft = SettingsDraft()
        try Self.apply(object, below: "", to: &draft)
        self = try draft.finished()
    }

    /// Applies the members of an object whose keys begin with `prefix`.
    private static func apply(_ object: JSONObject, below prefix: String, to draft: inout SettingsDraft) throws {
        for (name, value) in object.members {
            let key = prefix + name
            if let setting = Setting.named(key) {
                try setting.apply(value, to: &draft)
            } else if Setting.all.contains(where: { $0.key.hasPrefix(key + ".") }) {
                guard case .object(let nested) = value else {
                    throw StartFailure.setting(key, "expected an object of settings, got \(Setting.words(value))")
                }
                try apply(nested, below: key + ".", to: &draft)
            } else {
                let nearest = Setting.all.map(\.key).min {
                    EditDistance.between(key, $0) < EditDistance.between(key, $1)
                }
                throw StartFailure.setting(key, "unknown key; did you mean '\(nearest ?? "")'?")
            }
        }
    }
}
