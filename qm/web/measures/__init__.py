"""The pages and routes of measures: figures with their intervals, practice calls, exports."""
