TRUNCATE vol_records, vol_lines, vol_parts;
