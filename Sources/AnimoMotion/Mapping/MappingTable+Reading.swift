import AnimoJSON

extension MappingTable {
    /// Reads a table.
    ///
    /// - Throws: where a key is unknown, a number is not what the form says, or the text is not JSON. Channels are
    ///   checked when the table is bound to those of a model.
    package init(parsing text: [UInt8]) throws(PoseError) {
        let value: JSONValue
        do {
            value = try JSONValue(parsing: text)
        } catch {
            throw PoseError(.malformed, "mapping table: \(error)", cause: error)
        }
        let table = try Members(value, at: "table", known: ["version", "name", "channels", "limits"])
        guard let version = table["version"] else {
            throw PoseError(.malformed, "table.version: expected 1, got nothing")
        }
        guard version.integerValue == 1 else {
            throw PoseError(.malformed, "table.version: expected 1, got \(version.text)")
        }
        name = try table["name"].map { (value) throws(PoseError) in try value.string(at: "table.name") } ?? ""
        guard let channels = table["channels"] else {
            throw PoseError(.malformed, "table.channels: expected an object, got nothing")
        }
        guard let object = channels.objectValue else {
            throw PoseError(.malformed, "table.channels: expected an object, got \(channels.kind)")
        }
        var rules: [(String, Rule)] = []
        for (channel, value) in object.members { rules.append((channel, try Rule(value, at: "channels.\(channel)"))) }
        self.rules = rules
        var limits: [Limit] = []
        if let value = table["limits"] {
            for (index, item) in try value.array(at: "table.limits").enumerated() {
                limits.append(try Limit(item, at: "limits[\(index)]"))
            }
        }
        self.limits = limits
    }
}

extension MappingTable.Rule {
    fileprivate init(_ value: JSONValue, at place: String) throws(PoseError) {
        var terms = value
        var termsPlace = place
        if value.objectValue != nil {
            let members = try Members(value, at: place, known: ["combine", "terms"])
            if let combine = members["combine"] {
                guard let known = combine.stringValue.flatMap(Combination.init(rawValue:)) else {
                    throw PoseError(.malformed, "\(place).combine: expected \"sum\" or \"max\", got \(combine.text)")
                }
                combination = known
            }
            terms = members["terms"] ?? .array([])
            termsPlace += ".terms"
        }
        self.terms = try MappingTable.Term.list(terms, at: termsPlace)
    }
}

extension MappingTable.Term {
    fileprivate static func list(
        _ value: JSONValue, at place: String, isFactor: Bool = false
    ) throws(PoseError) -> [Self] {
        var terms: [Self] = []
        for (index, item) in try value.array(at: place).enumerated() {
            terms.append(try Self(item, at: "\(place)[\(index)]", isFactor: isFactor))
        }
        return terms
    }

    fileprivate init(_ value: JSONValue, at place: String, isFactor: Bool) throws(PoseError) {
        let known = ["from", "absent", "in", "out", "curve", "gain"] + (isFactor ? [] : ["times"])
        let members = try Members(value, at: place, known: known)
        guard let from = members["from"] else {
            throw PoseError(.malformed, "\(place).from: expected a name or names, got nothing")
        }
        names = []
        for name in from.arrayValue ?? [from] { names.append(try name.string(at: "\(place).from")) }
        guard !names.isEmpty else { throw PoseError(.malformed, "\(place).from: expected a name or names, got none") }
        absent = try members.number("absent") ?? 0
        shape.input = try members.pair("in") ?? shape.input
        shape.output = try members.pair("out") ?? shape.output
        shape.curve = try members.number("curve") ?? 1
        guard shape.curve > 0 else {
            throw PoseError(.malformed, "\(place).curve: expected a number above 0, got \(shape.curve)")
        }
        gain = try members.number("gain") ?? 1
        if let times = members["times"] { factors = try Self.list(times, at: "\(place).times", isFactor: true) }
    }
}

extension MappingTable.Limit {
    fileprivate init(_ value: JSONValue, at place: String) throws(PoseError) {
        let members = try Members(value, at: place, known: ["of", "sum"])
        guard let of = members["of"] else { throw PoseError(.malformed, "\(place).of: expected channels, got nothing") }
        channels = []
        for name in try of.array(at: "\(place).of") { channels.append(try name.string(at: "\(place).of")) }
        guard let sum = try members.number("sum") else {
            throw PoseError(.malformed, "\(place).sum: expected a number, got nothing")
        }
        guard sum >= 0 else { throw PoseError(.malformed, "\(place).sum: expected a number from 0, got \(sum)") }
        self.sum = sum
    }
}

/// The members of an object of which only known ones are allowed.
private struct Members {
    private let object: JSONObject
    private let place: String

    init(_ value: JSONValue, at place: String, known: [String]) throws(PoseError) {
        guard let object = value.objectValue else {
            throw PoseError(.malformed, "\(place): expected an object, got \(value.kind)")
        }
        if let unknown = object.names.first(where: { !known.contains($0) }) {
            throw PoseError(
                .malformed, "\(place).\(unknown.quotedForMessage): expected one of \(known.joined(separator: ", "))")
        }
        self.object = object
        self.place = place
    }

    subscript(name: String) -> JSONValue? { object[name] }

    func number(_ name: String) throws(PoseError) -> Double? {
        guard let value = object[name] else { return nil }
        return try value.number(at: "\(place).\(name)")
    }

    func pair(_ name: String) throws(PoseError) -> SIMD2<Double>? {
        guard let value = object[name] else { return nil }
        let items = try value.array(at: "\(place).\(name)")
        guard items.count == 2 else {
            throw PoseError(.malformed, "\(place).\(name): expected two numbers, got \(items.count)")
        }
        return SIMD2(try items[0].number(at: "\(place).\(name)[0]"), try items[1].number(at: "\(place).\(name)[1]"))
    }
}

extension JSONValue {
    fileprivate func string(at place: String) throws(PoseError) -> String {
        guard let stringValue else { throw PoseError(.malformed, "\(place): expected a string, got \(kind)") }
        return stringValue
    }

    fileprivate func array(at place: String) throws(PoseError) -> [JSONValue] {
        guard let arrayValue else { throw PoseError(.malformed, "\(place): expected an array, got \(kind)") }
        return arrayValue
    }

    /// Finite, as every number that JSON can write.
    fileprivate func number(at place: String) throws(PoseError) -> Double {
        guard let doubleValue else { throw PoseError(.malformed, "\(place): expected a number, got \(kind)") }
        return doubleValue
    }
}
