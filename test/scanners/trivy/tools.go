//go:build tools

// Package trivy pins the Trivy that the end-to-end tests run, with the hash of each module in go.sum.
package trivy

import _ "github.com/aquasecurity/trivy/cmd/trivy"
