/// The world a head comes from; it picks the networks that draw it.
package enum Domain: String, Sendable, CaseIterable, Hashable, Codable {
    /// Drawn heads.
    case anime
    /// Photographed heads, after VoxCeleb.
    case vox
}
