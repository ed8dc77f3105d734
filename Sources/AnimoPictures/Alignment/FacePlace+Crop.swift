extension FacePlace {
    /// The head's place according to a crop: the whole picture is taken to show one.
    package init(_ crop: Crop, in picture: Picture) throws(PictureError) {
        switch crop {
        case .none: self = .centred
        case .box(let x, let y, let width, let height): self = .box(Box(x: x, y: y, width: width, height: height))
        case .auto: self = .box(try HeadFinder.square(in: picture))
        }
    }
}
