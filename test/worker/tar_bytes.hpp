#pragma once

#include <cstdint>
#include <string>

namespace berth::test {

/// Builds tars, of a kind that no decent program writes, too.
class tar_bytes {
public:
  struct header {
    std::string name;
    char type = '0'; ///< as in ustar: '0' file, '1' hard link, '2' link ...
    std::string link;
    unsigned mode = 0644;
    uint32_t uid = 0;
    uint32_t gid = 0;
    uint64_t size_claimed = 0; ///< 0: what `data` has
    std::string pax; ///< "key=value\n" lines without their lengths, before it
  };

  tar_bytes& add(const header&, const std::string& data = {});
  tar_bytes& file(const std::string& name, const std::string& data) {
    return add({name}, data);
  }
  tar_bytes& dir(const std::string& name, unsigned mode = 0755) {
    return add({name, '5', {}, mode});
  }
  tar_bytes& symlink(const std::string& name, const std::string& to) {
    return add({name, '2', to, 0777});
  }
  tar_bytes& hard_link(const std::string& name, const std::string& to) {
    return add({name, '1', to});
  }

  /// With the end marker.
  std::string bytes() const { return body_ + std::string(1024, '\0'); }
  const std::string& without_end() const { return body_; }

private:
  void block(const header&, uint64_t size);
  void pad();

  std::string body_;
};

} // namespace berth::test
