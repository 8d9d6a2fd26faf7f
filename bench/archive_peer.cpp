#include "bench/archive_peer.hpp"

#include "bench/command.hpp"

#include <array>
#include <chrono>
#include <fstream>
#include <random>

namespace berth::bench {

namespace {

namespace fs = std::filesystem;

constexpr unsigned small_files = 20'000;
constexpr size_t mean_small = 12 * 1024;
constexpr unsigned big_files = 26;
constexpr size_t big_size = 30 * 1024 * 1024;
constexpr unsigned tiny_files = 100'000;
constexpr size_t most_tiny = 1024;

/// `size` bytes: words for text, or random ones.
void write_bytes(const fs::path& path, size_t size, bool is_text,
                 std::mt19937_64& random) {
  static constexpr std::array words{"return ",  "const ",  "auto& ", "if (",
                                    "};\n    ", "result<", "value",  " = ",
                                    "0x",       "// the ", "name",   ");\n"};
  auto bytes = std::string{};
  bytes.reserve(size + 16);
  while (bytes.size() < size) {
    auto number = random();
    if (is_text)
      bytes.append(words[number % words.size()])
        .append(std::to_string(number % 1000));
    else
      bytes.append(reinterpret_cast<const char*>(&number), sizeof number);
  }
  bytes.resize(size);
  std::ofstream{path, std::ios::binary} << bytes;
}

result<double> seconds_of(const std::string& script) {
  auto began = std::chrono::steady_clock::now();
  auto done = must_run({"/bin/bash", "-c", "set -e -o pipefail; " + script});
  if (!done)
    return done.error();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - began)
    .count();
}

} // namespace

result<test_tree> make_small_tree(const fs::path& where) {
  auto random = std::mt19937_64{11};
  auto total = size_t{0};
  for (unsigned i = 0; i < tiny_files; ++i) {
    auto directory
      = where / std::to_string(i % 50) / std::to_string(i / 50 % 40);
    if (i < 2000)
      fs::create_directories(directory);
    auto size = 100 + random() % (most_tiny - 100);
    write_bytes(directory / ("f" + std::to_string(i)), size, true, random);
    total += size;
  }
  if (auto owned = must_run({"chown", "-R", "33333:33333", where}); !owned)
    return owned.error();
  return test_tree{where, static_cast<double>(total) / 1e6,
                   std::to_string(tiny_files) + " files of up to a KiB"};
}

result<test_tree> make_mixed_tree(const fs::path& where) {
  auto random = std::mt19937_64{7};
  auto total = size_t{0};
  for (unsigned i = 0; i < small_files; ++i) {
    auto directory
      = where / std::to_string(i % 40) / std::to_string(i / 40 % 10);
    if (i < 400)
      fs::create_directories(directory);
    auto size = 256 + random() % (2 * mean_small - 512);
    write_bytes(directory / ("f" + std::to_string(i)), size, i % 4 != 0,
                random);
    total += size;
  }
  fs::create_directories(where / "big");
  for (unsigned i = 0; i < big_files; ++i) {
    write_bytes(where / "big" / std::to_string(i), big_size, i % 2 == 0,
                random);
    total += big_size;
  }
  if (auto owned = must_run({"chown", "-R", "33333:33333", where}); !owned)
    return owned.error();
  auto megabytes = static_cast<double>(total) / 1e6;
  return test_tree{where, megabytes,
                   std::to_string(small_files) + " small and "
                     + std::to_string(big_files) + " big files, "
                     + std::to_string(static_cast<int>(megabytes)) + " MB"};
}

result<double> pack_by_tar(const fs::path& tree, const fs::path& archive) {
  return seconds_of("tar -C " + tree.native() + " -cf - . | zstd -q -f -T0 -o "
                    + archive.native() + "; sync " + archive.native());
}

result<unpack_times> unpack_by_tar(const fs::path& archive,
                                   const fs::path& where) {
  fs::create_directories(where);
  auto took = seconds_of("zstd -q -dc " + archive.native() + " | tar -C "
                         + where.native() + " --numeric-owner -xpf -");
  auto synced = seconds_of("sync -f " + where.native());
  if (!took || !synced)
    return took ? synced.error() : took.error();
  return unpack_times{*took, *took + *synced};
}

} // namespace berth::bench
