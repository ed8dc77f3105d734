/// The world a head comes from; it picks the networks that render it.
package enum Domain: String, Sendable, CaseIterable, Hashable, Codable {
    /// Rendered heads.
    case anime
    /// Photographed heads, after VoxCeleb.
    case vox
}
