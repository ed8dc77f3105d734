/// The version of this package, as `--version` prints it and Describe tells it.
package let programVersion = "0.1.0"
