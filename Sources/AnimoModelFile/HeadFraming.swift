import AnimoMotion

/// Place of the face in the square pictures that a model was trained with: its size, and its middle.
///
/// The face is the box of the tracker's 478 points along the line of the eyes; its size is the mean of the box's width
/// and height.
package struct HeadFraming: Sendable, Equatable {
    /// The face's size as a share of the square's side.
    package var share: Double
    /// The middle of the face from the left and the upper edge, as shares of the side.
    package var x: Double
    /// The middle of the face from the upper edge, as a share of the side.
    package var y: Double

    /// Creates a framing from its fields.
    package init(share: Double, x: Double, y: Double) { (self.share, self.x, self.y) = (share, x, y) }

    /// Indicates numbers above 0 and up to 1, as every framing has.
    package var isPossible: Bool { [share, x, y].allSatisfy { $0 > 0 && $0 <= 1 } }
}

/// Framings measured on pictures of the published training sets and of the built-in model.
extension HeadFraming {
    /// AnimeCeleb's heads, of AniMo and EDTN: measured on `basis.png`.
    package static let animeCeleb = HeadFraming(share: 0.263, x: 0.5, y: 0.645)
    /// VoxCeleb's, of every published model of photographed heads: measured on a clip.
    package static let voxCeleb = HeadFraming(share: 0.611, x: 0.5, y: 0.512)
    /// The built-in model's drawn heads.
    package static let demoAnime = HeadFraming(share: 0.449, x: 0.5, y: 0.638)
    /// The built-in model's heads of the other domain.
    package static let demoVox = HeadFraming(share: 0.515, x: 0.5, y: 0.63)

    /// Talking Head Anime 3's, whose pictures show a body: of its ten sample pictures.
    package static let talkingHead3 = HeadFraming(share: 0.1385, x: 0.5, y: 0.303)

    /// Framings by the names that options and reports give them.
    package static let named: [(name: String, framing: HeadFraming)] = [
        ("voxceleb", voxCeleb), ("animeceleb", animeCeleb), ("demo-vox", demoVox), ("demo-anime", demoAnime),
        ("tha3", talkingHead3),
    ]

    /// The usual framing of a domain's pictures; the metadata's `framing` says otherwise.
    package static func standard(of domain: Domain) -> HeadFraming {
        switch domain {
        case .anime: animeCeleb
        case .vox: voxCeleb
        }
    }
}
