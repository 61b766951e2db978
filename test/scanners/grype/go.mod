module hullcheck.test/scanners/grype

go 1.26.8

require github.com/anchore/grype v0.120.1
