//go:build tools

// Package grype pins the Grype that the end-to-end tests run, with the hash of each module in go.sum.
package grype

import _ "github.com/anchore/grype/cmd/grype"
