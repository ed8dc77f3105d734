/// Path and query of a request's address.
struct RequestTarget: Equatable, Sendable {
    /// Path without the query, as sent: not percent-decoded.
    let path: String
    /// Query's values by name, as sent; the last one of a name counts, one without `=` is empty.
    let query: [String: String]

    /// Splits an address at its first `?`. Anything can be read.
    init(_ uri: String) {
        let parts = uri.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        path = String(parts.first ?? "/")
        var query: [String: String] = [:]
        for pair in (parts.count > 1 ? parts[1] : "").split(separator: "&") {
            let sides = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            query[String(sides[0])] = sides.count > 1 ? String(sides[1]) : ""
        }
        self.query = query
    }
}
