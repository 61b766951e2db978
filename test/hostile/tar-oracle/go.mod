module hullcheck.test/tar-oracle

go 1.22
