"""What a first start is filled with: sample divisions, and real cloud charges to import (NOTICE.md says whose)."""
