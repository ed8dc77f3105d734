import CAnimoDemo

/// The built-in model: a small AniMo trained on heads that a program draws.
///
/// Its bytes lie in the binary and are never copied; the buffers stay valid as long as the program runs. How such a
/// model is made is told in `Tests/Reference/README.md`.
package enum DemoModel {
    /// The model file, as `animod --model` would load it (safetensors, float16, native size 256).
    package static var model: UnsafeRawBufferPointer { animo_demo_model.bytes }

    /// Inputs, and what the PyTorch reference computed from them with this model (safetensors, float32).
    ///
    /// Holds `{anime,vox}.s{128,256}.{source,pose,translation,motion,latent,flow,warped,output}`, NCHW, and
    /// `{anime,vox}.estimator.{input,output}`.
    package static var golden: UnsafeRawBufferPointer { animo_demo_golden.bytes }

    /// SHA-256 of the model file, 64 hexadecimal digits.
    package static let digest = String(cString: animo_demo_digest)
}
