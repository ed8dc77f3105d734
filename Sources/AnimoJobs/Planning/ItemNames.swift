/// Names of the outputs of a job's items.
package enum ItemNames {
    /// A source, what drives it, and the output's name where a list of pairs gives one.
    package struct Pair: Sendable, Equatable {
        /// The picture.
        package var source: String
        /// Path of the driver.
        package var driving: String
        /// The output's own name; nil: made of the others.
        package var given: String?

        /// Creates one from its fields.
        package init(source: String, driving: String, given: String? = nil) {
            (self.source, self.driving, self.given) = (source, driving, given)
        }
    }

    /// One name an item: the source's stem where all have one driver, the driver's where all have one source, else
    /// `SOURCE--DRIVER`. Names that collide, upper and lower case taken alike, take their extensions in, then `-2`,
    /// `-3`. Given names stay.
    ///
    /// - Parameter ending: of every name, with its dot; empty for folders.
    package static func names(of pairs: [Pair], ending: String) -> [String] {
        let oneSource = Set(pairs.map(\.source)).count == 1
        let oneDriver = Set(pairs.map(\.driving)).count == 1
        func name(_ pair: Pair, whole: Bool) -> String {
            if oneDriver { return base(pair.source, whole: whole) }
            if oneSource { return base(pair.driving, whole: whole) }
            return base(pair.source, whole: whole) + "--" + base(pair.driving, whole: whole)
        }
        var uses: [String: Int] = [:]
        for pair in pairs { uses[name(pair, whole: false).lowercased(), default: 0] += 1 }
        var taken = Set(pairs.compactMap { $0.given?.lowercased() })
        return pairs.map { pair in
            if let given = pair.given { return given }
            let base = name(pair, whole: uses[name(pair, whole: false).lowercased(), default: 0] > 1)
            var full = base + ending
            var number = 2
            while !taken.insert(full.lowercased()).inserted {
                full = "\(base)-\(number)\(ending)"
                number += 1
            }
            return full
        }
    }

    /// The last part of a path, with or without its extension.
    private static func base(_ path: String, whole: Bool) -> String {
        let name = path.split(separator: "/").last.map(String.init) ?? path
        guard !whole, let dot = name.lastIndex(of: "."), dot != name.startIndex, name.index(after: dot) != name.endIndex
        else { return name }
        return String(name[..<dot])
    }
}
