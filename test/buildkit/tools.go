//go:build tools

// Package buildkit pins the BuildKit that the end-to-end tests run, with the hash of each module in go.sum.
package buildkit

import (
	_ "github.com/moby/buildkit/cmd/buildctl"
	_ "github.com/moby/buildkit/cmd/buildkitd"
)
