/// What `--version` of the programs that measure and ask prints: that of the daemon they are built with.
package let programVersion = "0.1.0"
