#pragma once

#include "app/berth-worker/pieces/piece.hpp"

#include <concepts>
#include <optional>

/// How pieces are written down: numbers of fixed width, the low byte first.
namespace berth::worker {

class byte_writer {
public:
  void add(std::string_view bytes) { out_.append(bytes); }

  void add(const digest& what) {
    out_.append(reinterpret_cast<const char*>(what.data()), what.size());
  }

  template <std::unsigned_integral T>
  void add(T number) {
    for (size_t i = 0; i < sizeof(T); ++i)
      out_.push_back(static_cast<char>((number >> (8 * i)) & 0xff));
  }

  void add(const piece& what);

  std::string& text() { return out_; }

private:
  std::string out_;
};

/// Reads what is there; of what is not, `ok` tells.
class byte_reader {
public:
  explicit byte_reader(std::string_view bytes) : left_(bytes) {}

  template <std::unsigned_integral T>
  T number() {
    auto bytes = take(sizeof(T));
    auto out = T{};
    for (size_t i = bytes.size(); i-- > 0;)
      out = static_cast<T>((uint64_t{out} << 8)
                           | static_cast<unsigned char>(bytes[i]));
    return out;
  }

  std::string_view take(size_t count);
  digest take_digest();
  piece take_piece();

  size_t left() const { return left_.size(); }
  bool ok() const { return ok_; }

private:
  std::string_view left_;
  bool ok_ = true;
};

/// What `take_piece` takes.
inline constexpr size_t piece_bytes = 4 + 8 + 4 + 4 + 4 + 32;

/// Whether it can be one of those that `others` objects and one more hold.
bool is_possible(const piece&, uint32_t others);

} // namespace berth::worker
