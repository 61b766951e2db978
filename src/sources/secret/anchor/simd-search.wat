;; Finds byte-exact anchors in text or binary data, 16 bytes at a step: Teddy with three fingerprint bytes and eight
;; buckets (Hyperscan, src/fdr/teddy.c), a 64 Ki table to drop false candidates, and a masked 16-byte comparison.
;; The caller fills the memory (simd-search.ts holds the same layout):
;;   0      six 16-byte nibble masks: low and high nibble of fingerprint byte 0, then 1, then 2; a bit per bucket
;;   512    chains: u32 addresses of the first anchor record of chain 1..255, at 512 + 4 * chain
;;   4096   anchor records of 48 bytes: pattern v128, mask v128, u32 fingerprint offset, u32 anchor number, u32 is last
;;   40960  blocks with candidates, u32: offset of the block in its stage of 16 KiB, and a bit per byte
;;   65536  chain number by hash of the fingerprint, 0 for none
;;   131072 hits: pairs of u32 (address of the anchor's first byte, anchor number), at most 8192
;;   196608 data, up to the end of the memory; 64 bytes behind the last one searched are read
(module
  (memory (export "memory") 25)
  ;; Where the search stopped: `to`, or earlier when the hits are full.
  (global $next (export "next") (mut i32) (i32.const 0))

  ;; Appends the anchors whose fingerprint stands at $at to the hits and gives their new end.
  (func $compare (param $at i32) (param $end i32) (param $chain i32) (result i32)
    (local $record i32)
    (local.set $record (i32.load offset=512 (i32.shl (local.get $chain) (i32.const 2))))
    (loop $records
      (if
        (i32.eqz
          (v128.any_true
            (v128.and
              (v128.xor
                (v128.load align=1 (i32.sub (local.get $at) (i32.load offset=32 (local.get $record))))
                (v128.load (local.get $record)))
              (v128.load offset=16 (local.get $record)))))
        (then
          (i32.store (local.get $end) (i32.sub (local.get $at) (i32.load offset=32 (local.get $record))))
          (i32.store offset=4 (local.get $end) (i32.load offset=36 (local.get $record)))
          (local.set $end (i32.add (local.get $end) (i32.const 8)))))
      (if (i32.load offset=40 (local.get $record)) (then (return (local.get $end))))
      (local.set $record (i32.add (local.get $record) (i32.const 48)))
      (br $records))
    (unreachable))

  ;; Searches the fingerprints that begin in [$from, $to) and gives the number of hits.
  (func (export "search") (param $from i32) (param $to i32) (result i32)
    (local $at i32) (local $end i32) (local $bits i32) (local $start i32) (local $chain i32)
    (local $base i32) (local $last i32) (local $place i32) (local $block i32)
    (local $low v128) (local $high v128) (local $found v128)
    (local $first v128) (local $second v128) (local $oldFirst v128) (local $oldSecond v128)
    (local $low0 v128) (local $high0 v128) (local $low1 v128) (local $high1 v128) (local $low2 v128) (local $high2 v128)
    (local.set $low0 (v128.load offset=0 (i32.const 0)))
    (local.set $high0 (v128.load offset=16 (i32.const 0)))
    (local.set $low1 (v128.load offset=32 (i32.const 0)))
    (local.set $high1 (v128.load offset=48 (i32.const 0)))
    (local.set $low2 (v128.load offset=64 (i32.const 0)))
    (local.set $high2 (v128.load offset=80 (i32.const 0)))
    (local.set $end (i32.const 131072))
    (local.set $at (local.get $from))
    (block $done
      (loop $stages
        (br_if $done (i32.ge_s (i32.sub (local.get $at) (i32.const 2)) (local.get $to)))
        ;; First where candidates are, without a branch that depends on the content, then each of them.
        (local.set $base (local.get $at))
        (local.set $last (i32.const 40960))
        (loop $blocks
          (local.set $low (v128.load align=1 (local.get $at)))
          (local.set $high (v128.and (i16x8.shr_u (local.get $low) (i32.const 4)) (v128.const i32x4 0x0f0f0f0f 0x0f0f0f0f 0x0f0f0f0f 0x0f0f0f0f)))
          (local.set $low (v128.and (local.get $low) (v128.const i32x4 0x0f0f0f0f 0x0f0f0f0f 0x0f0f0f0f 0x0f0f0f0f)))
          (local.set $first (v128.and (i8x16.swizzle (local.get $low0) (local.get $low)) (i8x16.swizzle (local.get $high0) (local.get $high))))
          (local.set $second (v128.and (i8x16.swizzle (local.get $low1) (local.get $low)) (i8x16.swizzle (local.get $high1) (local.get $high))))
          ;; Lane i holds the buckets whose fingerprint ends at byte i of this block.
          (local.set $found
            (v128.and
              (v128.and
                (i8x16.shuffle 14 15 16 17 18 19 20 21 22 23 24 25 26 27 28 29 (local.get $oldFirst) (local.get $first))
                (i8x16.shuffle 15 16 17 18 19 20 21 22 23 24 25 26 27 28 29 30 (local.get $oldSecond) (local.get $second)))
              (v128.and (i8x16.swizzle (local.get $low2) (local.get $low)) (i8x16.swizzle (local.get $high2) (local.get $high)))))
          (local.set $oldFirst (local.get $first))
          (local.set $oldSecond (local.get $second))
          (local.set $bits (i8x16.bitmask (i8x16.ne (local.get $found) (v128.const i32x4 0 0 0 0))))
          (i32.store (local.get $last)
            (i32.or (i32.shl (i32.sub (local.get $at) (local.get $base)) (i32.const 16)) (local.get $bits)))
          (local.set $last (i32.add (local.get $last) (i32.shl (i32.ne (local.get $bits) (i32.const 0)) (i32.const 2))))
          (local.set $at (i32.add (local.get $at) (i32.const 16)))
          (br_if $blocks
            (i32.and
              (i32.lt_s (i32.sub (local.get $at) (i32.const 2)) (local.get $to))
              (i32.lt_u (i32.sub (local.get $at) (local.get $base)) (i32.const 16384)))))
        (local.set $place (i32.const 40960))
        (block $examined
          (loop $places
            (br_if $examined (i32.ge_u (local.get $place) (local.get $last)))
            (local.set $bits (i32.load (local.get $place)))
            (local.set $block (i32.sub (i32.add (local.get $base) (i32.shr_u (local.get $bits) (i32.const 16))) (i32.const 2)))
            (local.set $bits (i32.and (local.get $bits) (i32.const 0xffff)))
            (loop $lanes
              (local.set $start (i32.add (local.get $block) (i32.ctz (local.get $bits))))
              (local.set $chain
                (i32.load8_u offset=65536
                  (i32.shr_u
                    (i32.mul
                      (i32.shl (i32.load align=1 (local.get $start)) (i32.const 8))
                      (i32.const 0x9E3779B1))
                    (i32.const 16))))
              ;; Most candidates end here.
              (if (local.get $chain)
                (then
                  (br_if $done (i32.ge_s (local.get $start) (local.get $to)))
                  ;; A fingerprint is shared by fewer anchors than there is room left.
                  (if (i32.gt_u (local.get $end) (i32.const 194560))
                    (then
                      (global.set $next (local.get $start))
                      (return (i32.shr_u (i32.sub (local.get $end) (i32.const 131072)) (i32.const 3)))))
                  (local.set $end (call $compare (local.get $start) (local.get $end) (local.get $chain)))))
              (local.set $bits (i32.and (local.get $bits) (i32.sub (local.get $bits) (i32.const 1))))
              (br_if $lanes (local.get $bits)))
            (local.set $place (i32.add (local.get $place) (i32.const 4)))
            (br $places)))
        (br $stages)))
    (global.set $next (local.get $to))
    (i32.shr_u (i32.sub (local.get $end) (i32.const 131072)) (i32.const 3))))
