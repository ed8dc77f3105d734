import AnimoModelTestSupport
import AnimoCheckpoint
import AnimoTestSupport
import Testing

@testable import AnimoModelFile

@Suite struct ModelConversionTests {
    /// A small checkpoint with published names, the dead half and the training's own networks.
    static func published(dead: Bool) throws -> ArrayArchive {
        var archive = ArrayArchive()
        for (name, array) in try SmallModel.arrays() {
            let published = SmallModel.published(name)
            archive.arrays[published] = array.renamed(published)
            if dead, name.contains(".res"), name.contains("2.") {
                let twin = published.replacing("conv2.", with: "conv1.").replacing("norm2.", with: "norm1.")
                archive.arrays[twin] = array.renamed(twin)
            }
        }
        for name in ["perceptual_warp.model.network.0.weight", "vox.estimator.bn1.num_batches_tracked", "epoch"] {
            archive.arrays[name] = NamedArray(name: name, shape: [1], floats: [0])
        }
        return archive
    }

    @Test(arguments: [false, true]) func acceptsTheDeadHalfPresentOrAbsent(dead: Bool) throws {
        let options = ModelConversion.Options(nativeSize: 64, title: "small", licence: "none")
        let file = try ModelFile(bytes: try ModelConversion.convert(try Self.published(dead: dead), options: options))
        let expected = try SmallModel.arrays()
        #expect(file.arrays.keys.sorted() == expected.keys.sorted())
        for (name, array) in expected { #expect(try array.holdsTheSame(as: file.arrays[name])) }
        #expect(file.metadata.title == "small" && file.metadata.licence == "none")
        #expect(file.metadata.nativeSize == 64 && file.metadata.channelsInferred)
        #expect(file.metadata.estimators == [.vox: 128])
    }

    @Test func halvesWeightsAndKeepsTheBasisAndWhatNormsAreFoldedFrom() throws {
        let bytes = try ModelConversion.convert(try Self.published(dead: true), options: .init(half: true))
        let file = try ModelFile(bytes: bytes)
        #expect(file.metadata.nativeSize == 256)
        for (name, array) in file.arrays {
            let isKept = name == "pose_basis" || name.contains(".running_")
            #expect(array.elementType == (isKept ? .float32 : .float16))
        }
    }

    @Test func aModelFileConvertsToItself() throws {
        let metadata = SmallModel.metadata(more: #", "title": "kept", "origin": {"from": "here"}"#)
        let bytes = try SmallModel.bytes(try SmallModel.arrays(), metadata: metadata)
        let first = try ModelFile(bytes: bytes).metadata
        let file = try ModelFile(bytes: try ModelConversion.convert(FileBytes(bytes)))
        #expect(file.metadata.nativeSize == first.nativeSize && file.metadata.title == "kept")
        #expect(file.metadata.origin == first.origin)
        #expect(file.metadata.estimators == [.vox: 64] && !file.metadata.channelsInferred)
    }

    @Test func anUnknownNameUnderAPrefixIsSurplus() throws {
        var archive = try Self.published(dead: true)
        archive.arrays["editing_netA.extra"] = NamedArray(name: "editing_netA.extra", shape: [1], floats: [0])
        let error = #expect(throws: ModelFileError.self) { try ModelConversion.convert(archive) }
        #expect(error?.message.contains("surplus \"anime.editing.extra\"") == true)
    }

    @Test func saysWhenThereIsNothingToConvert() {
        let archive = ArrayArchive(arrays: ["net_G.x": NamedArray(name: "net_G.x", shape: [1], floats: [0])])
        let error = #expect(throws: ModelFileError.self) { try ModelConversion.convert(archive) }
        #expect(error?.code == .unknownFamily && error?.message.contains("warpping_netA.") == true)
    }

    @Test(
        .enabled(if: Fixtures.available, "needs ../shared"), arguments: ["animo-small.ckpt", "animo-small-legacy.pth"])
    func convertsThePublishedContainers(name: String) throws {
        let source = try FileBytes(mapping: try #require(Fixtures.url(name)).path)
        let basis = try PoseBasis.read(FileBytes(reading: try #require(Fixtures.url("real/pose_coeffs.npy")).path))
        let file = try ModelFile(bytes: try ModelConversion.convert(source, options: .init(poseBasis: basis)))
        #expect(file.metadata.domains == [.anime, .vox])
        #expect(
            file.animoWidths
                == AnimoWidths(warpBase: 8, editBase: 16, limit: 64, latent: 64, style: 128, coefficients: 70))
        let original = try CheckpointReader.read(source).arrays
        #expect(file.arrays.count == 505)
        for (name, array) in file.arrays where name != "pose_basis" {
            #expect(try array.holdsTheSame(as: original[SmallModel.published(name)]))
        }
        #expect(try file.arrays["pose_basis"]?.floats() == basis)
    }
}

@Suite struct PoseBasisTests {
    @Test func refusesOtherShapes() {
        let header = "{'descr': '<f4', 'fortran_order': False, 'shape': (1, 1), }\n"
        let bytes: [UInt8] =
            [0x93] + Array("NUMPY".utf8) + [1, 0, UInt8(header.utf8.count), 0] + Array(header.utf8) + [0, 0, 0, 0]
        let error = #expect(throws: ModelFileError.self) { try PoseBasis.read(FileBytes(bytes)) }
        #expect(error?.message.contains("17×257") == true)
    }
}
