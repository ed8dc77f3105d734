// swift-tools-version: 6.2
import PackageDescription

let strict: [SwiftSetting] = [.treatAllWarnings(as: .error)]

// Arithmetic is optimised in every build, so that tests need not crawl.
let compute: [SwiftSetting] = strict + [.unsafeFlags(["-Ounchecked"])]

// Kernels are built twice on x86-64, for AVX2 with FMA and for AVX-512, from the same files; `Processor` picks at run
// time. Without the flag a SIMD multiply-add becomes a library call. On arm64 the same types map to NEON.
#if arch(x86_64)
    let kernels8: [SwiftSetting] = compute + [.unsafeFlags(["-Xcc", "-march=x86-64-v3"])]
    let kernels16: [SwiftSetting] = compute + [.define("ANIMO_WIDE"), .unsafeFlags(["-Xcc", "-march=x86-64-v4"])]
#else
    let kernels8: [SwiftSetting] = compute
    let kernels16: [SwiftSetting] = compute + [.define("ANIMO_WIDE")]
#endif

// Readers of hostile bytes are optimised in every build, with all their checks: half to single precision is one
// instruction for eight numbers where the flag allows it, and a library call for each where it does not.
#if arch(x86_64)
    let conversions: [SwiftSetting] = strict + [.unsafeFlags(["-O", "-Xcc", "-march=x86-64-v3"])]
#else
    let conversions: [SwiftSetting] = strict + [.unsafeFlags(["-O"])]
#endif

let package = Package(
    name: "animod",
    platforms: [.macOS(.v26)],
    products: [
        .executable(name: "animod", targets: ["animod"]),
        .executable(name: "animoctl", targets: ["animoctl"]),
        .executable(name: "animobench", targets: ["animobench"]),
        .library(name: "AnimoClient", targets: ["AnimoClient"]),
    ],
    traits: [
        // BoringSSL takes minutes to compile: everyday builds do without, CI and the Debian package have it.
        .trait(name: "TLS", description: "TLS with client certificates on TCP sockets.")
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-atomics", from: "1.3.0"),
        .package(url: "https://github.com/apple/swift-collections", from: "1.6.0"),
        .package(url: "https://github.com/apple/swift-configuration", from: "1.4.0"),
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-metrics", from: "2.13.0"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.37.6"),
        .package(url: "https://github.com/apple/swift-system", from: "1.8.1"),
        .package(url: "https://github.com/HdrHistogram/hdrhistogram-swift", from: "0.2.0"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
    ],
    targets: [
        // C libraries: a module map and a shim header each.
        .systemLibrary(name: "COpenBLAS", pkgConfig: "openblas", providers: [.apt(["libopenblas-dev"])]),
        .systemLibrary(name: "CPNG", pkgConfig: "libpng", providers: [.apt(["libpng-dev"])]),
        .systemLibrary(name: "CJPEG", pkgConfig: "libjpeg", providers: [.apt(["libjpeg-dev"])]),
        .systemLibrary(name: "CProtobufC", pkgConfig: "libprotobuf-c", providers: [.apt(["libprotobuf-c-dev"])]),
        .systemLibrary(name: "CSystemd", pkgConfig: "libsystemd", providers: [.apt(["libsystemd-dev"])]),
        .target(name: "CPictureCodecs", dependencies: ["CPNG", "CJPEG"]),
        .target(name: "CAnimoMessages", dependencies: ["CProtobufC"]),
        .target(name: "CAnimoDemo", exclude: ["model"], cSettings: [.headerSearchPath("model")]),

        // Leaves, which know nothing of each other.
        .target(name: "CProcessor"),
        .target(name: "AnimoKernelArguments", swiftSettings: compute),
        .target(name: "AnimoKernels8", dependencies: ["AnimoKernelArguments", "CProcessor"], swiftSettings: kernels8),
        .target(
            name: "AnimoKernels16", dependencies: ["AnimoKernelArguments", "CProcessor"], swiftSettings: kernels16),
        .target(
            name: "AnimoCompute",
            dependencies: ["COpenBLAS", "CProcessor", "AnimoKernelArguments", "AnimoKernels8", "AnimoKernels16"],
            swiftSettings: compute),
        .target(name: "AnimoCheckpoint", swiftSettings: conversions),
        .target(  // optimised in debug builds too, checks kept: its loops run over every pixel
            name: "AnimoPictures", dependencies: ["CPictureCodecs"],
            swiftSettings: strict + [.unsafeFlags(["-O"])]),
        .target(
            name: "AnimoWire",
            dependencies: ["CAnimoMessages", .product(name: "NIOCore", package: "swift-nio")],
            swiftSettings: strict),
        .target(name: "AnimoDemo", dependencies: ["CAnimoDemo"], swiftSettings: strict),
        .target(name: "Systemd", dependencies: ["CSystemd"], swiftSettings: strict),

        .target(
            name: "AnimoModel",
            dependencies: [
                "AnimoCompute", "AnimoCheckpoint", .product(name: "Crypto", package: "swift-crypto"),
            ],
            swiftSettings: strict),
        .target(
            name: "AnimoServer",
            dependencies: [
                "AnimoWire", "AnimoPictures", "AnimoModel",
                .product(name: "Atomics", package: "swift-atomics"),
                .product(name: "DequeModule", package: "swift-collections"),
                .product(name: "OrderedCollections", package: "swift-collections"),
                .product(name: "CoreMetrics", package: "swift-metrics"),
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "Histogram", package: "hdrhistogram-swift"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "NIOSSL", package: "swift-nio-ssl", condition: .when(traits: ["TLS"])),
                .product(name: "NIOTLS", package: "swift-nio", condition: .when(traits: ["TLS"])),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ],
            swiftSettings: strict),
        .target(
            name: "AnimoClient",
            dependencies: [
                "AnimoWire",
                .product(name: "DequeModule", package: "swift-collections"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "NIOSSL", package: "swift-nio-ssl", condition: .when(traits: ["TLS"])),
                .product(name: "NIOTLS", package: "swift-nio", condition: .when(traits: ["TLS"])),
            ],
            swiftSettings: strict),
        .target(  // one load generator for animoctl bench and animobench serve
            name: "AnimoLoad",
            dependencies: [
                "AnimoClient", "AnimoWire", .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            swiftSettings: strict),

        .target(  // clients that misbehave, for the tests and animobench reliability
            name: "AnimoChaos",
            dependencies: ["AnimoClient", "AnimoWire", .product(name: "NIOCore", package: "swift-nio")],
            swiftSettings: strict),

        // Mains: parse, wire up, run.
        .executableTarget(
            name: "animod",
            dependencies: [
                "AnimoServer", "AnimoCheckpoint", "AnimoCompute", "AnimoDemo", "AnimoModel", "AnimoWire", "Systemd",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "Configuration", package: "swift-configuration"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
                .product(name: "SystemPackage", package: "swift-system"),
                .product(name: "UnixSignals", package: "swift-service-lifecycle"),
            ],
            swiftSettings: strict),
        .executableTarget(
            name: "animoctl",
            dependencies: [
                "AnimoClient", "AnimoLoad", "AnimoWire", "AnimoPictures", "AnimoModel", "AnimoCheckpoint",
                "AnimoCompute",
                "AnimoDemo",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            swiftSettings: strict),
        .executableTarget(
            name: "animobench",
            dependencies: [
                "AnimoModel", "AnimoChaos", "AnimoCompute", "AnimoDemo", "AnimoLoad", "AnimoWire",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            swiftSettings: strict),

        // Tests: a folder for each module, files named after the source they test.
        .target(name: "CAllocationCount", path: "Tests/CAllocationCount"),
        .target(name: "AnimoTestSupport", path: "Tests/AnimoTestSupport", swiftSettings: strict),
        .target(  // an engine of known cost at the real one's seam, for the tests
            name: "AnimoStandIn", dependencies: ["AnimoModel", "AnimoServer"], path: "Tests/StandIn/AnimoStandIn",
            swiftSettings: strict),
        .executableTarget(  // the real server around it, for animobench reliability
            name: "animostandin",
            dependencies: [
                "AnimoServer", "AnimoStandIn", "AnimoWire",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ],
            path: "Tests/StandIn/animostandin", swiftSettings: strict),
        .target(  // readers of strangers' bytes, under libFuzzer and in the tests
            name: "AnimoFuzzing",
            dependencies: [
                "AnimoCheckpoint", "AnimoModel", "AnimoPictures", "AnimoWire",
                .product(name: "NIOCore", package: "swift-nio"),
            ],
            path: "Tests/Fuzzing/AnimoFuzzing", swiftSettings: strict),
        .executableTarget(
            name: "animofuzz", dependencies: ["AnimoFuzzing"], path: "Tests/Fuzzing/animofuzz", swiftSettings: strict),
        .testTarget(
            name: "AnimoFuzzingTests", dependencies: ["AnimoFuzzing", "AnimoTestSupport"], swiftSettings: strict),
        .testTarget(
            name: "AnimoComputeTests", dependencies: ["AnimoCompute", "AnimoTestSupport", "CAllocationCount"],
            swiftSettings: strict),
        .testTarget(
            name: "AnimoCheckpointTests", dependencies: ["AnimoCheckpoint", "AnimoTestSupport"],
            swiftSettings: strict),
        .testTarget(
            name: "AnimoPicturesTests", dependencies: ["AnimoPictures", "AnimoTestSupport"], swiftSettings: strict),
        .testTarget(
            name: "AnimoWireTests",
            dependencies: ["AnimoWire", "AnimoTestSupport", .product(name: "NIOCore", package: "swift-nio")],
            swiftSettings: strict),
        .testTarget(
            name: "AnimoModelTests",
            dependencies: [
                "AnimoModel", "AnimoCompute", "AnimoCheckpoint", "AnimoPictures", "AnimoDemo", "AnimoTestSupport",
                "CAllocationCount",
            ],
            swiftSettings: strict),
        .testTarget(
            name: "AnimoServerTests",
            dependencies: [
                "AnimoServer", "AnimoChaos", "AnimoClient", "AnimoWire", "AnimoModel", "AnimoStandIn",
                "AnimoTestSupport",
            ],
            swiftSettings: strict),
        .testTarget(
            name: "AnimoClientTests",
            dependencies: [
                "AnimoClient", "AnimoWire", "AnimoTestSupport", .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
            ],
            swiftSettings: strict),
        .testTarget(
            name: "AnimoLoadTests", dependencies: ["AnimoLoad", "AnimoWire", "AnimoTestSupport"],
            swiftSettings: strict),
        .testTarget(
            name: "AnimoDemoTests",
            dependencies: ["AnimoDemo", "AnimoTestSupport", .product(name: "Crypto", package: "swift-crypto")],
            swiftSettings: strict),
        .testTarget(name: "SystemdTests", dependencies: ["Systemd", "AnimoTestSupport"], swiftSettings: strict),
        .testTarget(
            name: "EndToEndTests",
            dependencies: [
                "animod", "animoctl", "animobench", "animostandin", "AnimoChaos", "AnimoClient", "AnimoFuzzing",
                "AnimoLoad",
                "AnimoWire",
                "AnimoPictures", "AnimoCheckpoint",
                "AnimoCompute", "AnimoModel", "AnimoDemo", "AnimoTestSupport",
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "Logging", package: "swift-log"),
            ],
            exclude: ["independent_client.py", "supervisor.py"],
            swiftSettings: strict),
    ],
    swiftLanguageModes: [.v6]
)
