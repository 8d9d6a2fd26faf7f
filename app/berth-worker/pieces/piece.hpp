#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

/// Archives in pieces. The tar of a content is cut where its files begin and
/// end, and big files where their bytes say so; each piece is compressed by
/// itself. An object holds pieces, one zstd frame each, and ends with a table
/// that tells which pieces, of it and of earlier objects, make up the tar. If
/// all of them are its own, the object is the tar, compressed, as everybody
/// reads it: the table is in frames that decoders skip.
namespace berth::worker {

using digest = std::array<unsigned char, 32>;

digest digest_of(std::string_view bytes);

std::string to_hex(const digest&);

struct hash_digest {
  size_t operator()(const digest& of) const {
    auto out = size_t{};
    std::memcpy(&out, of.data(), sizeof out);
    return out;
  }
};

struct piece {
  uint32_t object = 0; ///< by position; the own one comes last
  uint64_t offset = 0;
  uint32_t packed = 0; ///< bytes in the object
  uint32_t raw = 0;    ///< bytes of the tar
  uint32_t entries = 0;
  bool is_data = false; ///< goes on with the last entry of the piece before
  digest sha256{};      ///< of the raw bytes
};

/// A piece, and by what its files are known again; see `entry_print`.
struct indexed_piece {
  piece what;
  digest print{}; ///< zeros: by nothing
};

inline constexpr size_t most_pieces = size_t{1} << 18;
inline constexpr size_t most_objects = 16;
inline constexpr uint32_t longest_piece = uint32_t{64} << 20;

/// Pieces of files: where bytes are the same, the cuts are.
inline constexpr size_t least_chunk = size_t{256} << 10;
inline constexpr size_t usual_chunk = size_t{1} << 20;
inline constexpr size_t most_chunk = size_t{4} << 20;

/// From this size on a file has pieces of its own.
inline constexpr int64_t big_file = int64_t{128} << 10;

} // namespace berth::worker
