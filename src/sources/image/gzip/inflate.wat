;; Decodes the symbols of one DEFLATE block (RFC 1951, 3.2.3 to 3.2.6): the part of inflating that takes the time. The
;; caller fills the memory (inflate-memory.ts holds the same layout) and reads the headers of blocks:
;;   0      entries of literals and lengths, u32: 2048 by the next 11 bits, then the tables of longer codes
;;   16384  entries of distances, u32: 256 by the next 8 bits, then the tables of longer codes
;;   65536  stored bytes; at least 16 follow the last one that may be read
;;   262144 decoded bytes; up to 300 are written behind the last one
;; An entry: bits 0..5 how many bits it takes in all, 8..11 how many of them are the code, 16..30 the literal, or the base of
;; the length or distance. Bit 31: a literal. Bit 15: none of these; then bit 14: the end of the block, bit 13: no code, else
;; the index of a further table in 16..30 and the bits it is looked up by in 8..11.
(module
  (memory (export "memory") 24)
  ;; Where decoding stopped: the next bit, counted from address 0, and the end of what was decoded.
  (global $bit (export "bit") (mut i32) (i32.const 0))
  (global $end (export "end") (mut i32) (i32.const 0))

  ;; Decodes from bit $bit to address $out, until the block ends (0), a symbol would begin behind $inLimit (1) or $outLimit
  ;; (2), or what stands there is no literal or length (3), no distance (4), or a distance back to before $start (5).
  (func (export "decode")
    (param $bit i32) (param $inLimit i32) (param $out i32) (param $outLimit i32) (param $start i32) (result i32)
    (local $in i32) (local $bits i64) (local $left i32) (local $entry i32) (local $saved i64)
    (local $copyEnd i32) (local $from i32) (local $distance i32) (local $status i32) (local $pattern i64)
    (local.set $in (i32.shr_u (local.get $bit) (i32.const 3)))
    (local.set $left (i32.and (local.get $bit) (i32.const 7)))
    (local.set $bits (i64.shr_u (i64.load align=1 (local.get $in)) (i64.extend_i32_u (local.get $left))))
    (local.set $in (i32.add (local.get $in) (i32.const 7)))
    (local.set $left (i32.sub (i32.const 56) (local.get $left)))
    (block $stop
      (loop $symbols
        (if (i32.gt_u (local.get $in) (local.get $inLimit)) (then (local.set $status (i32.const 1)) (br $stop)))
        (if (i32.gt_u (local.get $out) (local.get $outLimit)) (then (local.set $status (i32.const 2)) (br $stop)))
        ;; At least 56 bits: what is above them is what the next load gives too.
        (local.set $bits
          (i64.or (local.get $bits) (i64.shl (i64.load align=1 (local.get $in)) (i64.extend_i32_u (local.get $left)))))
        (local.set $in (i32.add (local.get $in) (i32.shr_u (i32.sub (i32.const 63) (local.get $left)) (i32.const 3))))
        (local.set $left (i32.or (local.get $left) (i32.const 56)))
        (local.set $entry
          (i32.load (i32.shl (i32.and (i32.wrap_i64 (local.get $bits)) (i32.const 2047)) (i32.const 2))))
        (block $notLiteral
          (br_if $notLiteral (i32.ge_s (local.get $entry) (i32.const 0)))
          (local.set $bits (i64.shr_u (local.get $bits) (i64.extend_i32_u (local.get $entry))))
          (local.set $left (i32.sub (local.get $left) (i32.and (local.get $entry) (i32.const 63))))
          (i32.store8 (local.get $out) (i32.shr_u (local.get $entry) (i32.const 16)))
          (local.set $out (i32.add (local.get $out) (i32.const 1)))
          (local.set $entry
            (i32.load (i32.shl (i32.and (i32.wrap_i64 (local.get $bits)) (i32.const 2047)) (i32.const 2))))
          (br_if $notLiteral (i32.ge_s (local.get $entry) (i32.const 0)))
          (local.set $bits (i64.shr_u (local.get $bits) (i64.extend_i32_u (local.get $entry))))
          (local.set $left (i32.sub (local.get $left) (i32.and (local.get $entry) (i32.const 63))))
          (i32.store8 (local.get $out) (i32.shr_u (local.get $entry) (i32.const 16)))
          (local.set $out (i32.add (local.get $out) (i32.const 1)))
          (local.set $entry
            (i32.load (i32.shl (i32.and (i32.wrap_i64 (local.get $bits)) (i32.const 2047)) (i32.const 2))))
          (br_if $notLiteral (i32.ge_s (local.get $entry) (i32.const 0)))
          (local.set $bits (i64.shr_u (local.get $bits) (i64.extend_i32_u (local.get $entry))))
          (local.set $left (i32.sub (local.get $left) (i32.and (local.get $entry) (i32.const 63))))
          (i32.store8 (local.get $out) (i32.shr_u (local.get $entry) (i32.const 16)))
          (local.set $out (i32.add (local.get $out) (i32.const 1)))
          (br $symbols))
        (if (i32.and (local.get $entry) (i32.const 0x8000))
          (then
            ;; A code longer than 11 bits, the end of the block, or no code.
            (if (i32.eqz (i32.and (local.get $entry) (i32.const 0x6000)))
              (then
                (local.set $bits (i64.shr_u (local.get $bits) (i64.const 11)))
                (local.set $left (i32.sub (local.get $left) (i32.const 11)))
                (local.set $entry
                  (i32.load
                    (i32.shl
                      (i32.add
                        (i32.shr_u (local.get $entry) (i32.const 16))
                        (i32.and
                          (i32.wrap_i64 (local.get $bits))
                          (i32.xor
                            (i32.shl (i32.const -1) (i32.and (i32.shr_u (local.get $entry) (i32.const 8)) (i32.const 15)))
                            (i32.const -1))))
                      (i32.const 2))))))
            (if (i32.lt_s (local.get $entry) (i32.const 0))
              (then
                (local.set $bits (i64.shr_u (local.get $bits) (i64.extend_i32_u (local.get $entry))))
                (local.set $left (i32.sub (local.get $left) (i32.and (local.get $entry) (i32.const 63))))
                (i32.store8 (local.get $out) (i32.shr_u (local.get $entry) (i32.const 16)))
                (local.set $out (i32.add (local.get $out) (i32.const 1)))
                (br $symbols)))
            (if (i32.and (local.get $entry) (i32.const 0x8000))
              (then
                (local.set $left (i32.sub (local.get $left) (i32.and (local.get $entry) (i32.const 63))))
                (if (i32.eqz (i32.and (local.get $entry) (i32.const 0x4000))) (then (local.set $status (i32.const 3))))
                (br $stop)))))
        ;; A length: its base and extra bits, then the distance's.
        (local.set $saved (local.get $bits))
        (local.set $bits (i64.shr_u (local.get $bits) (i64.extend_i32_u (local.get $entry))))
        (local.set $left (i32.sub (local.get $left) (i32.and (local.get $entry) (i32.const 63))))
        (local.set $copyEnd
          (i32.add
            (i32.add (local.get $out) (i32.shr_u (local.get $entry) (i32.const 16)))
            (i32.wrap_i64
              (i64.shr_u
                (i64.and
                  (local.get $saved)
                  (i64.xor (i64.shl (i64.const -1) (i64.extend_i32_u (local.get $entry))) (i64.const -1)))
                (i64.extend_i32_u (i32.and (i32.shr_u (local.get $entry) (i32.const 8)) (i32.const 15)))))))
        (local.set $bits
          (i64.or (local.get $bits) (i64.shl (i64.load align=1 (local.get $in)) (i64.extend_i32_u (local.get $left)))))
        (local.set $in (i32.add (local.get $in) (i32.shr_u (i32.sub (i32.const 63) (local.get $left)) (i32.const 3))))
        (local.set $left (i32.or (local.get $left) (i32.const 56)))
        (local.set $entry
          (i32.load offset=16384 (i32.shl (i32.and (i32.wrap_i64 (local.get $bits)) (i32.const 255)) (i32.const 2))))
        (if (i32.and (local.get $entry) (i32.const 0x8000))
          (then
            (if (i32.eqz (i32.and (local.get $entry) (i32.const 0x2000)))
              (then
                (local.set $bits (i64.shr_u (local.get $bits) (i64.const 8)))
                (local.set $left (i32.sub (local.get $left) (i32.const 8)))
                (local.set $entry
                  (i32.load offset=16384
                    (i32.shl
                      (i32.add
                        (i32.shr_u (local.get $entry) (i32.const 16))
                        (i32.and
                          (i32.wrap_i64 (local.get $bits))
                          (i32.xor
                            (i32.shl (i32.const -1) (i32.and (i32.shr_u (local.get $entry) (i32.const 8)) (i32.const 15)))
                            (i32.const -1))))
                      (i32.const 2))))))
            (if (i32.and (local.get $entry) (i32.const 0x8000))
              (then (local.set $status (i32.const 4)) (br $stop)))))
        (local.set $distance
          (i32.add
            (i32.shr_u (local.get $entry) (i32.const 16))
            (i32.wrap_i64
              (i64.shr_u
                (i64.and
                  (local.get $bits)
                  (i64.xor (i64.shl (i64.const -1) (i64.extend_i32_u (local.get $entry))) (i64.const -1)))
                (i64.extend_i32_u (i32.and (i32.shr_u (local.get $entry) (i32.const 8)) (i32.const 15)))))))
        (local.set $bits (i64.shr_u (local.get $bits) (i64.extend_i32_u (local.get $entry))))
        (local.set $left (i32.sub (local.get $left) (i32.and (local.get $entry) (i32.const 63))))
        (if (i32.gt_u (local.get $distance) (i32.sub (local.get $out) (local.get $start)))
          (then (local.set $status (i32.const 5)) (br $stop)))
        (local.set $from (i32.sub (local.get $out) (local.get $distance)))
        (if (i32.ge_u (local.get $distance) (i32.const 8))
          (then
            ;; Eight bytes at a time; what is copied too far is written over by what follows.
            (i64.store align=1 (local.get $out) (i64.load align=1 (local.get $from)))
            (i64.store offset=8 align=1 (local.get $out) (i64.load offset=8 align=1 (local.get $from)))
            (loop $words
              (local.set $out (i32.add (local.get $out) (i32.const 16)))
              (local.set $from (i32.add (local.get $from) (i32.const 16)))
              (if (i32.lt_u (local.get $out) (local.get $copyEnd))
                (then
                  (i64.store align=1 (local.get $out) (i64.load align=1 (local.get $from)))
                  (i64.store offset=8 align=1 (local.get $out) (i64.load offset=8 align=1 (local.get $from)))
                  (br $words)))))
          (else
            (if (i32.eq (local.get $distance) (i32.const 1))
              (then
                (local.set $pattern
                  (i64.mul (i64.load8_u (local.get $from)) (i64.const 0x0101010101010101)))
                (loop $run
                  (i64.store align=1 (local.get $out) (local.get $pattern))
                  (local.set $out (i32.add (local.get $out) (i32.const 8)))
                  (br_if $run (i32.lt_u (local.get $out) (local.get $copyEnd)))))
              (else
                (loop $bytes
                  (i32.store8 (local.get $out) (i32.load8_u (local.get $from)))
                  (local.set $out (i32.add (local.get $out) (i32.const 1)))
                  (local.set $from (i32.add (local.get $from) (i32.const 1)))
                  (br_if $bytes (i32.lt_u (local.get $out) (local.get $copyEnd))))))))
        (local.set $out (local.get $copyEnd))
        (br $symbols)))
    ;; In $stop all but $left bits of what was loaded are taken.
    (global.set $bit (i32.sub (i32.shl (local.get $in) (i32.const 3)) (local.get $left)))
    (global.set $end (local.get $out))
    (local.get $status)))
