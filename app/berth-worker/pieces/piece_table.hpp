#pragma once

#include "app/berth-worker/pieces/piece.hpp"
#include "model/error.hpp"

namespace berth::worker {

/// What an object consists of, in the order of the tar.
struct piece_table {
  uint32_t others = 0; ///< objects it needs beside itself
  std::vector<piece> pieces;

  uint64_t entries() const;
};

/// What an object ends with: frames that decoders skip. `exhausted` if there
/// are too many pieces.
result<std::string> to_frames(const piece_table&);

/// Bytes that certainly hold the table, if there is one at the end of them.
inline constexpr size_t longest_table = size_t{16} << 20;

/// The table in the last bytes of an object of `bytes` bytes: `not_found` if
/// there is none, `data_loss` if it is damaged or tells of what cannot be.
result<piece_table> table_in(std::string_view last_bytes, uint64_t bytes);

/// The same of an open file, which must have one.
result<piece_table> table_of(int fd, uint64_t bytes);

} // namespace berth::worker
