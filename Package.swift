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

// Readers of hostile bytes, and loops over pixels, are optimised in every build, with all their checks.
let optimised: [SwiftSetting] = strict + [.unsafeFlags(["-O"])]

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
        .package(url: "https://github.com/apple/swift-collections", from: "1.6.0"),
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-metrics", from: "2.13.0"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.37.6"),
        .package(url: "https://github.com/HdrHistogram/hdrhistogram-swift", from: "0.2.0"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
        .package(url: "https://github.com/swiftlang/swift-subprocess", from: "1.0.2"),
    ],
    targets: [
        // C libraries: a module map and a shim header each.
        .systemLibrary(name: "COpenBLAS", pkgConfig: "openblas", providers: [.apt(["libopenblas-dev"])]),
        .systemLibrary(name: "CPNG", pkgConfig: "libpng", providers: [.apt(["libpng-dev"])]),
        .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),  // libpng-dev brings it
        .systemLibrary(name: "CJPEG", pkgConfig: "libjpeg", providers: [.apt(["libjpeg-dev"])]),
        .systemLibrary(name: "CProtobufC", pkgConfig: "libprotobuf-c", providers: [.apt(["libprotobuf-c-dev"])]),
        .systemLibrary(name: "CSystemd", pkgConfig: "libsystemd", providers: [.apt(["libsystemd-dev"])]),
        .target(name: "CPictureCodecs", dependencies: ["CPNG", "CJPEG"]),
        .target(name: "CAnimoMessages", dependencies: ["CProtobufC"]),
        .target(name: "CAnimoDemo", exclude: ["model"], cSettings: [.headerSearchPath("model")]),

        // Leaves, which know nothing of each other.
        .target(name: "CProcessor"),
        .target(name: "CMemory"),
        .target(name: "AnimoKernelArguments", swiftSettings: compute),
        .target(name: "AnimoKernels8", dependencies: ["AnimoKernelArguments", "CProcessor"], swiftSettings: kernels8),
        .target(
            name: "AnimoKernels16", dependencies: ["AnimoKernelArguments", "CProcessor"], swiftSettings: kernels16),
        .target(
            name: "AnimoCompute",
            dependencies: ["COpenBLAS", "CProcessor", "AnimoKernelArguments", "AnimoKernels8", "AnimoKernels16"],
            swiftSettings: compute),
        .target(name: "CArguments"),
        .target(name: "AnimoFiles", dependencies: ["CArguments"], swiftSettings: strict),
        .target(
            name: "AnimoConcurrency", dependencies: [.product(name: "DequeModule", package: "swift-collections")],
            swiftSettings: strict),
        .target(name: "AnimoErrors", swiftSettings: strict),
        .target(name: "AnimoJSON", dependencies: ["AnimoErrors"], swiftSettings: strict),
        .target(
            name: "AnimoCheckpoint", dependencies: ["AnimoErrors", "AnimoFiles", "AnimoJSON", "CZlib"],
            swiftSettings: optimised),
        .target(
            name: "AnimoMotion", dependencies: ["AnimoErrors", "AnimoJSON"],
            resources: [.embedInCode("Mapping/Tables")],
            swiftSettings: strict),
        .target(  // trackers that people own: their protocols, and the port they send to
            name: "AnimoDrivers",
            dependencies: [
                "AnimoErrors", "AnimoJSON", "AnimoMotion", .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
            ],
            swiftSettings: strict),
        .target(
            name: "AnimoPictures", dependencies: ["AnimoErrors", "AnimoFiles", "CPictureCodecs"],
            swiftSettings: optimised),
        .target(name: "AnimoVideo", dependencies: ["AnimoPictures"], swiftSettings: optimised),
        .target(name: "AnimoReports", dependencies: ["AnimoPictures"], swiftSettings: optimised),
        .target(
            name: "AnimoWire",
            dependencies: ["AnimoFiles", "CAnimoMessages", .product(name: "NIOCore", package: "swift-nio")],
            swiftSettings: strict),
        .target(name: "AnimoDemo", dependencies: ["AnimoMotion", "CAnimoDemo"], swiftSettings: strict),
        .target(  // jobs over pictures and videos: plan, rates, ffmpeg, the folder of a job
            name: "AnimoJobs",
            dependencies: [
                "AnimoConcurrency", "AnimoFiles", "AnimoJSON",
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "Subprocess", package: "swift-subprocess"),
            ],
            swiftSettings: strict),
        .target(  // what the programs share: version, exit statuses, printing
            name: "AnimoCLI",
            dependencies: [
                "AnimoFiles", "AnimoJSON", "AnimoMotion", "AnimoWire",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            swiftSettings: strict),
        .target(name: "Systemd", dependencies: ["CSystemd"], swiftSettings: strict),

        .target(
            name: "AnimoModelFile",
            dependencies: [
                "AnimoCheckpoint", "AnimoErrors", "AnimoFiles", "AnimoJSON", "AnimoMotion",
                .product(name: "Crypto", package: "swift-crypto"),
            ],
            swiftSettings: strict),
        .target(
            name: "AnimoModel",
            dependencies: ["AnimoCompute", "AnimoCheckpoint", "AnimoErrors", "AnimoModelFile", "AnimoMotion"],
            swiftSettings: strict),
        .target(
            name: "AnimoServer",
            dependencies: [
                "CMemory", "AnimoCompute", "AnimoConcurrency", "AnimoErrors", "AnimoFiles", "AnimoWire",
                "AnimoPictures",
                "AnimoModel",
                "AnimoModelFile", "AnimoMotion",
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
                "AnimoConcurrency", "AnimoFiles", "AnimoWire",
                .product(name: "DequeModule", package: "swift-collections"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "NIOSSL", package: "swift-nio-ssl", condition: .when(traits: ["TLS"])),
                .product(name: "NIOTLS", package: "swift-nio", condition: .when(traits: ["TLS"])),
            ],
            swiftSettings: strict),
        .target(name: "CStudioPage", exclude: ["page", "embed.sh"], cSettings: [.headerSearchPath("page")]),
        .target(  // the web page of animoctl studio, and what serves it
            name: "AnimoStudio",
            dependencies: [
                "AnimoCLI", "AnimoClient", "AnimoConcurrency", "AnimoDemo", "AnimoDrivers", "AnimoJSON", "AnimoMotion",
                "AnimoWire", "CStudioPage",
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "NIOWebSocket", package: "swift-nio"),
            ],
            swiftSettings: strict),
        .target(  // one load generator for animoctl bench and animobench serve
            name: "AnimoLoad",
            dependencies: [
                "AnimoClient", "AnimoWire", .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            swiftSettings: strict),

        .target(  // clients that misbehave, for the tests and animobench reliability
            name: "AnimoFaultInjection",
            dependencies: [
                "AnimoClient", "AnimoConcurrency", "AnimoMotion", "AnimoPictures", "AnimoWire",
                .product(name: "NIOCore", package: "swift-nio"),
            ],
            path: "Tests/Support/FaultInjection",
            swiftSettings: strict),

        // Mains: parse, wire up, run.
        .executableTarget(
            name: "animod",
            dependencies: [
                "AnimoCLI", "AnimoServer", "AnimoCheckpoint", "AnimoCompute", "AnimoConcurrency", "AnimoDemo",
                "AnimoFiles", "AnimoJSON", "AnimoModel", "AnimoModelFile", "AnimoMotion", "AnimoWire", "Systemd",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
                .product(name: "UnixSignals", package: "swift-service-lifecycle"),
            ],
            swiftSettings: strict),
        .executableTarget(
            name: "animoctl",
            dependencies: [
                "AnimoCLI", "AnimoCheckpoint", "AnimoClient", "AnimoConcurrency", "AnimoDemo", "AnimoDrivers",
                "AnimoFiles", "AnimoJSON", "AnimoJobs", "AnimoLoad", "AnimoModelFile", "AnimoMotion", "AnimoPictures",
                "AnimoReports",
                "AnimoStudio", "AnimoVideo", "AnimoWire",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            swiftSettings: strict),
        .executableTarget(
            name: "animobench",
            dependencies: [
                "AnimoCLI", "AnimoConcurrency", "AnimoModel", "AnimoModelFile", "AnimoMotion", "AnimoFaultInjection",
                "AnimoCheckpoint", "AnimoCompute", "AnimoDemo", "AnimoLoad", "AnimoPictures", "AnimoWire",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            swiftSettings: strict),

        // Tests: a folder for each module, files named after the source they test.
        .target(name: "CAllocationCount", path: "Tests/CAllocationCount"),
        .target(
            name: "AnimoTestSupport", dependencies: ["AnimoConcurrency", "CZlib"],
            path: "Tests/Support/AnimoTestSupport",
            swiftSettings: strict),
        .target(  // pictures of noise and of smooth colour
            name: "AnimoPictureTestSupport", dependencies: ["AnimoMotion", "AnimoPictures"],
            path: "Tests/Support/AnimoPictureTestSupport", swiftSettings: strict),
        .target(  // model files small enough for tests
            name: "AnimoModelTestSupport",
            dependencies: ["AnimoCheckpoint", "AnimoModelFile", "AnimoMotion", "AnimoTestSupport"],
            path: "Tests/Support/AnimoModelTestSupport", swiftSettings: strict),
        .target(  // an engine of known cost at the real one's seam, for the tests
            name: "AnimoFakeEngine", dependencies: ["AnimoModel", "AnimoModelFile", "AnimoMotion", "AnimoServer"],
            path: "Tests/Support/FakeEngine",
            swiftSettings: strict),
        .executableTarget(  // the real server around it, for animobench reliability
            name: "animofake",
            dependencies: [
                "AnimoServer", "AnimoFakeEngine", "AnimoWire",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ],
            path: "Tests/Support/FakeServer", swiftSettings: strict),
        .target(  // readers of untrusted bytes, under libFuzzer and in the tests
            name: "AnimoFuzzing",
            dependencies: [
                "AnimoCheckpoint", "AnimoDrivers", "AnimoJSON", "AnimoModelFile", "AnimoMotion", "AnimoPictures",
                "AnimoVideo",
                "AnimoWire",
                .product(name: "NIOCore", package: "swift-nio"),
            ],
            path: "Tests/Support/Fuzzing/AnimoFuzzing", swiftSettings: strict),
        .executableTarget(
            name: "animofuzz", dependencies: ["AnimoFuzzing"], path: "Tests/Support/Fuzzing/animofuzz",
            swiftSettings: strict),
        .testTarget(
            name: "AnimoFuzzingTests", dependencies: ["AnimoFuzzing", "AnimoMotion", "AnimoTestSupport"],
            swiftSettings: strict),
        .testTarget(
            name: "AnimoComputeTests", dependencies: ["AnimoCompute", "AnimoTestSupport", "CAllocationCount"],
            swiftSettings: strict),
        .testTarget(
            name: "AnimoFilesTests", dependencies: ["AnimoFiles", "AnimoMotion"], swiftSettings: strict),
        .testTarget(
            name: "AnimoCheckpointTests",
            dependencies: ["AnimoCheckpoint", "AnimoJSON", "AnimoMotion", "AnimoTestSupport"],
            swiftSettings: strict),
        .testTarget(name: "AnimoConcurrencyTests", dependencies: ["AnimoConcurrency"], swiftSettings: strict),
        .testTarget(
            name: "AnimoErrorsTests",
            dependencies: [
                "AnimoErrors", "AnimoCheckpoint", "AnimoDrivers", "AnimoJSON", "AnimoModelFile", "AnimoMotion",
            ],
            swiftSettings: strict),
        .testTarget(name: "AnimoJSONTests", dependencies: ["AnimoJSON"], swiftSettings: strict),
        .testTarget(
            name: "AnimoDriversTests",
            dependencies: [
                "AnimoDrivers", "AnimoJSON", "AnimoMotion", "AnimoTestSupport",
                .product(name: "NIOCore", package: "swift-nio"), .product(name: "NIOEmbedded", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
            ],
            swiftSettings: strict),
        .testTarget(
            name: "AnimoMotionTests",
            dependencies: ["AnimoMotion", "AnimoCheckpoint", "AnimoJSON", "AnimoModelFile", "AnimoTestSupport"],
            swiftSettings: strict),
        .testTarget(
            name: "AnimoPicturesTests",
            dependencies: ["AnimoCheckpoint", "AnimoPictures", "AnimoPictureTestSupport", "AnimoTestSupport"],
            swiftSettings: strict),
        .testTarget(
            name: "AnimoVideoTests",
            dependencies: ["AnimoVideo", "AnimoPictures", "AnimoPictureTestSupport", "AnimoTestSupport"],
            swiftSettings: strict),
        .testTarget(
            name: "AnimoJobsTests",
            dependencies: ["AnimoJobs", "AnimoJSON", "AnimoTestSupport"], swiftSettings: strict),
        .testTarget(
            name: "AnimoReportsTests",
            dependencies: ["AnimoReports", "AnimoPictures", "AnimoPictureTestSupport", "AnimoTestSupport"],
            swiftSettings: strict),
        .testTarget(
            name: "AnimoModelFileTests",
            dependencies: [
                "AnimoModelFile", "AnimoCheckpoint", "AnimoDemo", "AnimoJSON", "AnimoModelTestSupport", "AnimoMotion",
                "AnimoTestSupport",
            ],
            swiftSettings: strict),
        .testTarget(
            name: "AnimoWireTests",
            dependencies: [
                "AnimoFiles", "AnimoMotion", "AnimoWire", "AnimoTestSupport",
                .product(name: "NIOCore", package: "swift-nio"),
            ],
            swiftSettings: strict),
        .testTarget(
            name: "AnimoModelTests",
            dependencies: [
                "AnimoModel", "AnimoModelFile", "AnimoMotion", "AnimoCompute", "AnimoCheckpoint", "AnimoJSON",
                "AnimoPictures", "AnimoDemo", "AnimoModelTestSupport", "AnimoTestSupport", "CAllocationCount",
            ],
            swiftSettings: strict),
        .testTarget(
            name: "AnimoServerTests",
            dependencies: [
                "AnimoServer", "AnimoFaultInjection", "AnimoCheckpoint", "AnimoClient", "AnimoCompute",
                "AnimoConcurrency",
                "AnimoWire", "AnimoModel", "AnimoModelFile", "AnimoMotion", "AnimoPictures", "AnimoFakeEngine",
                "AnimoTestSupport", .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOEmbedded", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
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
            name: "AnimoStudioTests",
            dependencies: [
                "AnimoStudio", "AnimoJSON", "AnimoMotion", "AnimoTestSupport", "AnimoWire",
                .product(name: "NIOCore", package: "swift-nio"), .product(name: "NIOEmbedded", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
            ],
            swiftSettings: strict),
        .testTarget(
            name: "AnimoLoadTests", dependencies: ["AnimoLoad", "AnimoWire", "AnimoTestSupport"],
            swiftSettings: strict),
        .testTarget(
            name: "AnimoDemoTests",
            dependencies: [
                "AnimoDemo", "AnimoMotion", "AnimoTestSupport", .product(name: "Crypto", package: "swift-crypto"),
            ],
            swiftSettings: strict),
        .testTarget(name: "SystemdTests", dependencies: ["Systemd", "AnimoTestSupport"], swiftSettings: strict),
        .testTarget(
            name: "EndToEndTests",
            dependencies: [
                "animod", "animoctl", "animobench", "animofake", "AnimoCLI", "AnimoFaultInjection", "AnimoClient",
                "AnimoConcurrency", "AnimoFiles",
                "AnimoFuzzing",
                "AnimoJobs",
                "AnimoLoad",
                "AnimoWire",
                "AnimoPictures", "AnimoReports", "AnimoVideo", "AnimoCheckpoint", "AnimoJSON", "AnimoMotion",
                "AnimoCompute", "AnimoModel", "AnimoModelFile", "AnimoDemo", "AnimoStudio", "AnimoTestSupport",
                "AnimoModelTestSupport", "AnimoPictureTestSupport",
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "Logging", package: "swift-log"),
            ],
            exclude: [
                "independent_client.py", "live_measurement.py", "studio_bar.py", "studio_browser.py",
                "studio_devtools.py", "studio_own.py", "studio_recovery.py", "studio_sockets.py", "supervisor.py",
                "tracker_sender.py",
            ],
            swiftSettings: strict),
    ],
    swiftLanguageModes: [.v6]
)
