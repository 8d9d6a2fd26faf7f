#include "test/worker/tar_bytes.hpp"

#include <cstdio>
#include <cstring>

namespace berth::test {

namespace {

void put(std::string& block, size_t at, size_t width, const std::string& text) {
  block.replace(at, std::min(width, text.size()), text.substr(0, width));
}

std::string octal(uint64_t value, int digits) {
  char text[32];
  std::snprintf(text, sizeof(text), "%0*llo", digits,
                static_cast<unsigned long long>(value));
  return text;
}

/// pax(1): "<length of this all> key=value\n".
std::string pax_record(const std::string& line) {
  auto length = line.size() + 2;
  while (std::to_string(length).size() + 1 + line.size() != length)
    length = std::to_string(length).size() + 1 + line.size();
  return std::to_string(length) + " " + line;
}

} // namespace

tar_bytes& tar_bytes::add(const header& what, const std::string& data) {
  if (!what.pax.empty()) {
    auto records = std::string{};
    for (size_t begin = 0; begin < what.pax.size();) {
      auto end = what.pax.find('\n', begin) + 1;
      records += pax_record(what.pax.substr(begin, end - begin));
      begin = end;
    }
    block({"pax", 'x'}, records.size());
    body_ += records;
    pad();
  }
  block(what, what.size_claimed != 0 ? what.size_claimed : data.size());
  body_ += data;
  pad();
  return *this;
}

void tar_bytes::block(const header& what, uint64_t size) {
  auto block = std::string(512, '\0');
  put(block, 0, 100, what.name);
  put(block, 100, 8, octal(what.mode, 7));
  put(block, 108, 8, octal(what.uid, 7));
  put(block, 116, 8, octal(what.gid, 7));
  put(block, 124, 12, octal(size, 11));
  put(block, 136, 12, octal(1'600'000'000, 11));
  put(block, 148, 8, "        ");
  block[156] = what.type;
  put(block, 157, 100, what.link);
  put(block, 257, 8,
      std::string{"ustar\0"
                  "00",
                  8});
  auto sum = 0u;
  for (auto c : block)
    sum += static_cast<unsigned char>(c);
  put(block, 148, 7, octal(sum, 6) + '\0');
  body_ += block;
}

void tar_bytes::pad() {
  body_.resize((body_.size() + 511) / 512 * 512, '\0');
}

} // namespace berth::test
